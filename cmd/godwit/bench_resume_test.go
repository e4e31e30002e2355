package main

import (
	"encoding/json"
	"testing"
)

func TestBenchResume(t *testing.T) {
	t.Parallel()
	r := cli(t, "", "bench", "resume", "--sessions", "20", "--parallel", "5", "--quiet", "50ms", "--transport", "link", "--json")
	var report resumeReport
	if err := json.Unmarshal([]byte(r.out), &report); err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	if report.Transport != "link" || report.Sessions != 20 || report.Result.Resumed <= 0 || report.CaughtUp < report.Result.Resumed || report.Machine == "" {
		t.Errorf("%+v", report)
	}
	r = cli(t, "", "bench", "resume", "--sessions", "20", "--parallel", "5", "--quiet", "50ms", "--transport", "tls", "--json")
	if err := json.Unmarshal([]byte(r.out), &report); err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	if report.Transport != "tls" || report.Tickets < 20 {
		t.Errorf("%+v; who comes back has a ticket", report)
	}
	cli(t, "", "bench", "resume", "--transport", "pigeon").wants(t, 1, "", "there are plain, starttls, tls and link")
	cli(t, "", "bench", "resume", "--sessions", "0").wants(t, 1, "", "at least one")
}
