package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/bench/reconnect"
)

func TestBenchReconnect(t *testing.T) {
	t.Parallel()
	r := cli(t, "", "bench", "reconnect", "--rounds", "2", "--network", "wifi-to-lte,captive,lan", "--json")
	if r.code != 0 {
		t.Fatalf("%+v", r)
	}
	// In fewer round trips it cannot be done: TCP takes one, TLS another, the login a third.
	least := map[string]float64{"link": 2, "tls": 3, "classic": 9}
	reports := json.NewDecoder(strings.NewReader(r.out))
	for _, network := range []string{"wifi-to-lte", "captive", "lan"} {
		for _, way := range reconnect.Ways {
			var report reconnectReport
			if err := reports.Decode(&report); err != nil {
				t.Fatal(err)
			}
			if report.Network != network || report.Way != way.Name || report.Rounds != 2 || report.Least <= 0 || report.Time < report.Least ||
				report.Most < report.Time || report.Up == 0 || report.Down == 0 || report.Machine == "" {
				t.Errorf("%+v", report)
			}
			if portal := network == "captive"; portal != (report.Refused != "") {
				t.Errorf("%+v", report)
			}
			if network == "wifi-to-lte" && report.RoundTrips < least[way.Name] {
				t.Errorf("%+v: fewer than %v round trips", report, least[way.Name])
			}
		}
	}
	cli(t, "", "bench", "reconnect", "--network", "pigeon").wants(t, 1, "", `there is no profile "pigeon"`)
	cli(t, "", "bench", "reconnect", "--rounds", "0").wants(t, 1, "", "at least one")
	cli(t, "", "__complete", "bench", "reconnect", "--network", "").wants(t, 0, "3g-lossy\n", "")
}
