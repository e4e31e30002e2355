//go:build unix

package plane

import (
	"testing"

	"golang.org/x/sys/unix"
)

// pageBeforeNothing returns memory behind which, and before which, there is none.
func pageBeforeNothing(t *testing.T) []byte {
	t.Helper()
	size := unix.Getpagesize()
	b, err := unix.Mmap(-1, 0, 3*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(b) })
	for _, guard := range [][]byte{b[:size], b[2*size:]} {
		if err := unix.Mprotect(guard, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return b[size : 2*size]
}
