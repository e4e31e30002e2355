package main

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
)

func TestBenchIdle(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("memory is read from /proc")
	}
	small := []string{"bench", "idle", "--sessions", "20", "--parallel", "5", "--settle", "10ms"}
	r := cli(t, "", append(small, "--json")...)
	dec := json.NewDecoder(strings.NewReader(r.out))
	for _, want := range []string{"plain", "tls", "link"} {
		var report idleReport
		if err := dec.Decode(&report); err != nil {
			t.Fatalf("%v: %+v", err, r)
		}
		if report.Transport != want || report.Sessions != 20 || report.Before <= 0 || report.LoginTime <= 0 || !strings.Contains(report.Machine, "load ") {
			t.Errorf("%+v", report)
		}
	}
	cli(t, "", append(small, "--transport", "starttls")...).wants(t, 0, "starttls", "CPUs")
	cli(t, "", "bench", "idle", "--transport", "pigeon").wants(t, 1, "", "there are plain, starttls, tls and link")
	cli(t, "", "bench", "idle", "--sessions", "0").wants(t, 1, "", "at least one")
}

func TestBenchTransportCompletions(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"idle", "resume", "durability"} {
		cli(t, "", "__complete", "bench", name, "--transport", "").wants(t, 0, "link\nplain\nstarttls\ntls\n", "")
	}
}
