package demo

import "syscall"

// endWithParent has the kernel end the validator when the demo is gone, however it went.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGTERM }
