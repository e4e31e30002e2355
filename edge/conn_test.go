package edge

import (
	"testing"
	"unsafe"
)

// TestSize fixes the memory of an idle connection in our hands; gnet has its own.
func TestSize(t *testing.T) {
	if got, want := unsafe.Sizeof(conn{}), uintptr(224); got != want {
		t.Errorf("a conn has %d bytes, want %d", got, want)
	}
}
