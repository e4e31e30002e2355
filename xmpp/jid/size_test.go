package jid

import (
	"testing"
	"unsafe"
)

// TestSize fixes the size of a JID: sessions, rosters and tables hold many.
func TestSize(t *testing.T) {
	if got := unsafe.Sizeof(JID{}); got != 24 {
		t.Errorf("a JID has %d bytes, want 24", got)
	}
}
