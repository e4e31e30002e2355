//go:build !race

// The race detector makes sync.Pool forget at random, so these tests run without it.

package c2s_test

import (
	"testing"

	"github.com/godwit-im/godwit/codec/atom"
)

// TestRoutingAllocatesNothing holds for a message from the sender's bytes to the receiver's.
func TestRoutingAllocatesNothing(t *testing.T) {
	for _, d := range directions {
		t.Run(d.name, func(t *testing.T) {
			f := route(t, d.from, d.to, atom.NoStore)
			for range 100 {
				if len(f()) == 0 {
					t.Fatal("nothing is delivered")
				}
			}
			if n := testing.AllocsPerRun(1000, func() { f() }); n != 0 {
				t.Errorf("%v allocations per stanza", n)
			}
		})
	}
}
