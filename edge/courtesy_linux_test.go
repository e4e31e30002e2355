package edge

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestCourtesy: what computes asks for long slices, and no thread is left that way.
func TestCourtesy(t *testing.T) {
	before := sliceOf(t)
	if before == 0 {
		t.Skip("this kernel does not tell its slices: it is older than Linux 6.12")
	}
	found := make(chan uint64)
	look := func() { found <- sliceOf(t) }
	c := make(cpus, 1)
	for _, test := range []struct {
		name string
		run  func()
		want uint64
	}{
		{"a job", func() { newLane(1, 1).courteous().run(look) }, longSlice},
		{"who waits", func() { newLane(1, 1).run(look) }, before},
		{"a handshake", func() {
			go func() {
				c.take()
				defer c.giveBack()
				look()
			}()
		}, longSlice},
		{"another goroutine", func() { go look() }, before},
	} {
		for range 20 { // each time, perhaps, on another thread
			if test.run(); t.Failed() {
				return
			}
			if got := <-found; got != test.want {
				t.Errorf("%s: slices of %d ns, want %d", test.name, got, test.want)
			}
		}
	}
}

// sliceOf returns the slice of time that the thread it is called on asks for, in ns.
func sliceOf(t *testing.T) uint64 {
	a, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Error(err)
		return 0
	}
	return a.Runtime
}
