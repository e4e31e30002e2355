package edge

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestCourtesy: what computes while more waits asks for long slices, and no thread is left that way.
func TestCourtesy(t *testing.T) {
	before, long := sliceOf(t), uint64(longSlice)
	if before == 0 { // before Linux 6.12 there are none to ask for: nothing may change
		long = 0
	}
	found := make(chan uint64)
	look := func() { found <- sliceOf(t) }
	second := func(l *lane) {
		release := make(chan struct{})
		l.run(func() { <-release })
		l.run(look)
		close(release)
	}
	c := make(cpus, 1)
	for _, test := range []struct {
		name string
		run  func()
		want uint64
	}{
		{"a job that waited", func() { second(newLane(1, 1).courteous()) }, long},
		{"the only one", func() { newLane(1, 1).courteous().run(look) }, before},
		{"another lane", func() { second(newLane(1, 1)) }, before},
		{"a handshake", func() {
			go func() {
				c.take()
				defer c.giveBack()
				look()
			}()
		}, long},
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
