// Package bench measures a network of this software through its own doors, and says honestly what it saw.
//
// What it promises about its figures:
//
//   - Load with a rate is an open loop: each request has a time at which it is meant to leave, and its latency
//     counts from that time, however late it left. A network that stalls can't slow the load down and so hide
//     the stall (no coordinated omission).
//   - An event counts as committed when the job that carries it has succeeded: it is final then, and the
//     node that took it has it in its index.
//   - Rates and processor time are taken over the same window: from the end of the warm-up to the end of the
//     sending. Processor time is what the kernel booked for the node processes; the load generator's own is
//     reported beside it, since it shares the machine.
//   - What was refused or failed is reported, never left out.
package bench
