package link

import (
	"context"
	"testing"
)

// What is measured is measured: every kind of stanza has weights, and the peers' are there when they are wanted.
func TestRun(t *testing.T) {
	for _, peers := range []bool{false, true} {
		r, err := Run(context.Background(), Config{Seed: 99, Sessions: 2, Stanzas: 150, Peers: peers})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, row := range r.Rows {
			if row.Frame < 18 || row.XML < 20 || row.TLS != row.XML+recordBytes || (len(row.Peers) > 0) != peers {
				t.Errorf("%+v", row)
			}
			n += row.Count
		}
		if n < r.Session || r.Session < 300 || r.Total.Count != r.Session {
			t.Errorf("%d stanzas in the rows, %d in all", n, r.Session)
		}
	}
}
