package c2s

import (
	"testing"
	"unsafe"
)

// TestSize fixes what a session costs. A larger one is a decision, not an accident.
func TestSize(t *testing.T) {
	const want = 304
	if got := unsafe.Sizeof(Session{}); got != want {
		t.Errorf("a Session has %d bytes, want %d", got, want)
	}
}
