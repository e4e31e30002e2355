package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/store"
)

func TestBenchDurability(t *testing.T) {
	t.Parallel()
	small := []string{"bench", "durability", "--pairs", "3", "--messages", "40", "--timed", "10", "--rate", "200", "--window", "5", "--rounds", "2"}
	r := cli(t, "", append(small, "--json")...)
	dec := json.NewDecoder(strings.NewReader(r.out))
	for _, want := range [][2]string{{"plain", store.Strict}, {"plain", store.Relaxed}, {"link", store.Strict}, {"link", store.Relaxed}} {
		var report durabilityReport
		if err := dec.Decode(&report); err != nil {
			t.Fatalf("%v: %+v", err, r)
		}
		if report.Transport != want[0] || report.Durability != want[1] || len(report.Rounds) != 2 || report.Machine == "" || report.Sync <= 0 {
			t.Errorf("%+v", report)
		}
		for _, round := range report.Rounds {
			if round.PerSecond <= 0 || round.Ack.P50 <= 0 || round.Ack.P99 < round.Ack.P50 || round.Delivery.P50 <= 0 || round.Delivery.P99 < round.Delivery.P50 {
				t.Errorf("%+v", round)
			}
		}
	}
	cli(t, "", append(small, "--transport", "link", "--rounds", "1")...).wants(t, 0, "relaxed", "messages a second")
	cli(t, "", "bench", "durability", "--transport", "pigeon").wants(t, 1, "", "there are plain, starttls, tls and link")
	cli(t, "", "bench", "durability", "--rounds", "0").wants(t, 1, "", "at least one")
	cli(t, "", "bench", "durability", "--pairs", "0").wants(t, 1, "", "at least one")
}

func TestSpread(t *testing.T) {
	if got := spread([]int{3, 9, 1, 7, 5}, "%d", func(n int) int { return n }); got != "5 (1–9)" {
		t.Error(got)
	}
}
