package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/bench/attack"
)

// TestBenchAttack plays each attack for a moment: the attackers must get somewhere, and the honest users' sessions last.
func TestBenchAttack(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes a while")
	}
	r := cli(t, "", "bench", "attack", "--peace", "200ms", "--for", "1s", "--json")
	reports := map[string]attackReport{}
	for line := range strings.Lines(r.out) {
		var report attackReport
		if err := json.Unmarshal([]byte(line), &report); err != nil {
			t.Fatalf("%v: %+v", err, r)
		}
		reports[report.Attack] = report
	}
	if len(reports) == 0 {
		t.Fatalf("%+v", r)
	}
	for _, name := range attack.Attacks() {
		got, ok := reports[name]
		if !ok || got.Done.Connections == 0 || got.During.Messages == 0 || got.During.Closed != 0 || got.Machine == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	cli(t, "", "bench", "attack", "--attack", "pigeons").wants(t, 1, "", "there are slowloris")
	cli(t, "", "bench", "attack", "--for", "0s").wants(t, 1, "", "take some time")
}
