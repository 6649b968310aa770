//go:build !linux

package demo

import "syscall"

// endWithParent can't be done here: after a SIGKILL of the demo its validators must be ended by hand.
func endWithParent(*syscall.SysProcAttr) {}
