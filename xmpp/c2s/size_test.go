package c2s

import (
	"testing"
	"unsafe"
)

// TestSize fixes what a session costs. A larger one is a decision, not an accident. Sixteen bytes are for streams that can be resumed: what all else of these is in,
// and how far their count is stored.
func TestSize(t *testing.T) {
	const want = 304
	if got := unsafe.Sizeof(Session{}); got != want {
		t.Errorf("a Session has %d bytes, want %d", got, want)
	}
}
