//go:build !race

// The race detector keeps variables on the heap that are on the stack without it.

package pack_test

import "testing"

// A link that has known its peers for a while allocates nothing.
func TestAllocatesNothing(t *testing.T) {
	road := newRoad()
	all := sessions(t, 11, 1)[0]
	for range 3 {
		for _, i := range all {
			road.send(t, i.up, []item{i})
		}
	}
	var up, down []item
	for _, i := range all[:60] {
		if i.up {
			up = append(up, i)
		} else {
			down = append(down, i)
		}
	}
	for range 50 {
		road.unpack(true, road.pack(true, up), 1<<20)
		road.unpack(false, road.pack(false, down), 1<<20)
	}
	if n := testing.AllocsPerRun(50, func() {
		if _, err := road.unpack(true, road.pack(true, up), 1<<20); err != nil {
			t.Fatal(err)
		}
		if _, err := road.unpack(false, road.pack(false, down), 1<<20); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
