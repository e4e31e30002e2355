package main

import (
	"encoding/json"
	"testing"
)

func TestBenchParked(t *testing.T) {
	t.Parallel()
	cli(t, "", "bench", "parked", "--sessions", "1500").wants(t, 0, "1500 sessions: ", "")
	var report parkedReport
	if err := json.Unmarshal([]byte(cli(t, "", "bench", "parked", "--sessions", "20000", "--json").out), &report); err != nil {
		t.Fatal(err)
	}
	if report.Sessions != 20_000 || report.Machine == "" || report.PerSession < 50 || report.PerSession > 1000 {
		t.Errorf("%+v", report)
	}
}
