package server

import (
	"runtime"
	"testing"
)

// TestWorkload: a server is busy, and quiet again, and in between what it was.
func TestWorkload(t *testing.T) {
	w := workload{quiet: true}
	for i, test := range []struct {
		share          float64
		quiet, changes bool
	}{
		{0, true, false}, {busyAbove, true, false}, {busyAbove + 0.01, false, true}, {1, false, false},
		{quietBelow, false, false}, {quietBelow - 0.01, true, true}, {0.3, true, false},
	} {
		if changes := w.changes(test.share); changes != test.changes || w.quiet != test.quiet {
			t.Errorf("%d: at %.2f: changes %v, quiet %v", i, test.share, changes, w.quiet)
		}
	}
}

func TestSetProcessors(t *testing.T) {
	defer runtime.SetDefaultGOMAXPROCS()
	for _, spare := range []bool{true, true, false} { // not one more each time
		want := setProcessors(spare)
		if spare {
			want++
		}
		if n := runtime.GOMAXPROCS(0); n != want {
			t.Errorf("spare %v: %d processors, want %d", spare, n, want)
		}
	}
}

// TestCPUTime: it grows with what is done.
func TestCPUTime(t *testing.T) {
	before := cpuTime()
	for cpuTime() == before {
	}
}
