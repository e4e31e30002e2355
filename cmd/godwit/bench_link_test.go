package main

import (
	"encoding/json"
	"testing"
)

// TestBenchLink runs the command, and holds the link to what it promises: a short message in 33 bytes to the server and 36 from it.
func TestBenchLink(t *testing.T) {
	t.Parallel()
	out := cli(t, "", "bench", "link", "--sessions", "10", "--stanzas", "200", "--peers=false", "--json").out
	var r linkReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if r.Session < 2000 || r.Shared < 6.5 || r.Tables > 2048 || r.Machine == "" {
		t.Errorf("%+v", r)
	}
	most := map[string]float64{
		"message ↑, 16–24 bytes of text": 33, "message ↓, 16–24 bytes of text": 36, "a ↑": 20, "r ↓": 19.5, "ping ↑": 20,
	}
	for _, row := range r.Rows {
		if limit, ok := most[row.Kind]; ok && row.Frame > limit {
			t.Errorf("%s weighs %.1f bytes, of %.1f", row.Kind, row.Frame, limit)
		}
		delete(most, row.Kind)
	}
	if len(most) > 0 {
		t.Errorf("not measured: %v", most)
	}
}
