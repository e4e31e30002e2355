package c2s

import (
	"testing"
	"unsafe"
)

// TestSize fixes what a session costs. A larger one is a decision, not an accident. Sixteen bytes are for streams that can be resumed: what all else of these is in,
// and how far their count is stored. Sixteen more are for its carbons, and for what waits while the client is inactive,
// and eight for how far its client reads the archive itself. Eight are for what waits behind archived messages, and eight for how many bytes may have to go back.
// Eight are for the pages of archives that are being sent.
func TestSize(t *testing.T) {
	const want = 352
	if got := unsafe.Sizeof(Session{}); got != want {
		t.Errorf("a Session has %d bytes, want %d", got, want)
	}
}
