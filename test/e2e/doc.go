// Package e2e tests the built binary: four validator processes as `suyuan demo` starts them, real
// clients, a real browser, and faults. Run it with `make test-e2e`; it needs bin/suyuan.
package e2e
