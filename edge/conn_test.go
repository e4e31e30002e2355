package edge

import (
	"testing"
	"unsafe"
)

// TestSize fixes the memory of an idle connection in our hands; gnet has its own. 32 bytes are for what an operator is told of it.
func TestSize(t *testing.T) {
	if got, want := unsafe.Sizeof(conn{}), uintptr(256); got != want {
		t.Errorf("a conn has %d bytes, want %d", got, want)
	}
}
