// Package demo runs a network of four operators on one machine and puts stories on its ledger: what
// `suyuan demo` shows.
//
// Each validator is a process of its own with a folder of its own, started from the same binary. The
// network is real in all but two things: all four run on one machine, and every key's password lies
// beside it.
package demo
