//go:build !linux || !cgo

package malloc

// Tune does nothing here.
func Tune() {}
