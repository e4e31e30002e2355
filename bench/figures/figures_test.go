package figures

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/load"
)

// sampleReport is of two servers that took turns three times.
func sampleReport() *Report {
	r := New([]string{"/somewhere/godwit", "bench", "compare", "--user", "u%d & <co>"})
	r.Ended = r.Started.Add(90 * time.Second)
	r.Machine = Machine{System: "linux/amd64", Go: "go1.26", CPUs: 2, Load: "0.10"}
	r.Notes = []string{"a note"}
	r.Add(Server{Name: "Godwit", Version: "1", Settings: []string{"fast = true"}})
	r.Add(Server{Name: "Other", Settings: []string{"</pre><script>alert(1)</script>"}})
	r.Add(Server{Name: "Other"})
	w := r.Workload("chat", "messages")
	for i := range 3 {
		for server, speed := range map[string]float64{"Godwit": 1000, "Other": 100} {
			chat := &load.ChatResult{PerSecond: speed * float64(i+1), ServerCPU: 1000 / speed, Latency: load.Latency{
				P50: 900, P99: 2000, Count: 10, Curve: []load.Point{{Share: 0.5, Micros: 900}, {Share: 1, Micros: 2000}}, Histogram: []load.Bar{{Micros: 1000, Share: 0.5}, {Micros: 10_000, Share: 0.5}},
			}, Series: []load.Sample{{At: -0.5, PerSecond: speed, Memory: 1 << 20}, {At: 1, PerSecond: speed, Memory: 2 << 20}}}
			r.Workload("chat", "").Add(server, Round{Load: "0.2", Chat: chat})
		}
	}
	if w.Results[0].Server != "Godwit" { // a map has no order
		w.Results[0], w.Results[1] = w.Results[1], w.Results[0]
	}
	r.Workload("login", "logins").Add("Godwit", Round{Login: &load.LoginResult{PerSecond: 5, Latency: load.Latency{P50: 1, Count: 1, Curve: []load.Point{{Share: 1, Micros: 1}}}}})
	r.Workload("idle", "memory").Add("Godwit", Round{Idle: &load.IdleResult{PerSession: 2048}})
	r.Workload("nothing", "no server was measured")
	r.Workload("offline", "mail").Add("Godwit", Round{Security: "TLS 1.3", Offline: &load.OfflineResult{Stored: load.Transfer{PerSecond: 80_000}, Fetched: load.Transfer{PerSecond: 150_000}}})
	r.Workload("storm", "storm").Add("Godwit", Round{Storm: &load.StormResult{Seconds: 0.5, Latency: load.Latency{P50: 250_000}}})
	r.Workload("presence", "presence").Add("Godwit", Round{Presence: &load.ChatResult{PerSecond: 7000}})
	for i, cost := range []float64{4, 3} { // µs: two loops have 500,000 in two CPUs, one has 333,333
		r.Workload("loops", "loops").Add([]string{"two", "one"}[i], Round{Loops: 2 - i, Chat: &load.ChatResult{PerSecond: 1, ServerCPU: cost}})
	}
	return r
}

func TestTableHasMediansRangesAndRatios(t *testing.T) {
	var b strings.Builder
	if err := sampleReport().WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# godwit bench compare --user 'u%d & <co>'\n", ", 1m30s\n", "load 0.10 before", "# Godwit 1: fast = true\n",
		"2,000 (1,000–3,000)", "200 (100–300)", "× 10.0 (10.0–10.0)", // messages/s: more is better
		"1.00 (1.00–1.00)", // CPU: less is better, and the ratio is 10 too
		"0.2 0.2 0.2",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if n := strings.Count(b.String(), "× 10.0 (10.0–10.0)"); n != 2 {
		t.Errorf("%d ratios of 10: want those of messages and of CPU\n%s", n, b.String())
	}
}

func TestTableOfEachKind(t *testing.T) {
	var b strings.Builder
	if err := sampleReport().WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"stored/s 80,000", "fetched/s 150,000", "secured by TLS 1.3", "all are back after, s 0.500", "half are back after, s 0.250", "deliveries/s 7,000",
		"messages/s if each loop had a CPU, computed from the CPU for each 500,000 333,333 × 1.50",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if n := strings.Count(text, "secured by"); n != 1 {
		t.Errorf("%d workloads were secured", n)
	}
}

func TestRatioNeedsBothFigures(t *testing.T) {
	m := metric{get: func(r Round) float64 { return r.Chat.PerSecond }}
	of := func(values ...float64) (r Result) {
		for _, v := range values {
			r.Rounds = append(r.Rounds, Round{Chat: &load.ChatResult{PerSecond: v}})
		}
		return r
	}
	a, b := of(6, 10, 8), of(2, 5, 8)
	s, ok := m.against(&a, &b)
	if want := (spread{1.6, 1, 3}); !ok || s != want {
		t.Errorf("%+v, %v, want %+v", s, ok, want)
	}
	m.less = true
	if s, _ := m.against(&b, &a); s != (spread{1.6, 1, 3}) {
		t.Errorf("less is better: %+v", s)
	}
	none := of(0, 1, 2)
	if _, ok := m.against(&a, &none); ok {
		t.Error("a ratio to nothing")
	}
}

func TestJSONReadsBack(t *testing.T) {
	r := sampleReport()
	r.Started, r.Ended = r.Started.UTC().Round(0), r.Ended.UTC().Round(0)
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if again, err := Read(&b); err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("%v: %+v, want %+v", err, again, r)
	}
}

func TestPageIsWholeAndNeedsNothing(t *testing.T) {
	var b bytes.Buffer
	if err := sampleReport().WritePage(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{"<h2>chat</h2>", "2,000 (1,000–3,000)", "latency, as a histogram", "memory of the server", "stanzas delivered", "latency, by percentile", "fast = true", "a note"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if n := strings.Count(page, "<polyline"); n != 4*6+1 {
		t.Errorf("%d lines: want those of four plots of six rounds, and one of logins", n)
	}
	for _, never := range []string{"<script", "src=", "http:", "https:", "NaN", "Inf"} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %q", never)
		}
	}
	d := xml.NewDecoder(&b)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v", err)
		}
	}
}

func TestWrongIsAnError(t *testing.T) {
	r := sampleReport()
	if err := r.Wrong(); err != nil || r.IsEmpty() {
		t.Error(err)
	}
	if r := (&Report{Workloads: r.Workloads[3:4]}); !r.IsEmpty() {
		t.Error("nothing was measured, and it is not empty")
	}
	r.Workloads[0].Results[1].Rounds[2].Chat.Wrong = load.Wrong{Lost: 1, First: "message 7"}
	if err := r.Wrong(); err == nil || !strings.Contains(err.Error(), "round 3: 1 messages lost") || !strings.Contains(err.Error(), "message 7") {
		t.Error(err)
	}
	for _, round := range []Round{{Offline: &load.OfflineResult{Wrong: load.Wrong{Again: 2}}}, {Presence: &load.ChatResult{Wrong: load.Wrong{Again: 2}}}} {
		var r Report
		r.Workload("w", "").Add("Godwit", round)
		if err := r.Wrong(); err == nil || !strings.Contains(err.Error(), "2 again") {
			t.Error(err)
		}
	}
}

func TestAxes(t *testing.T) {
	texts := func(a *axis) (all []string) {
		for _, m := range a.marks {
			all = append(all, m.text)
		}
		return all
	}
	for _, test := range []struct {
		a         *axis
		marks     string
		at, place float64
	}{
		{linear("", 0, 100), "0 50 100", 25, 0.25},
		{linear("", 0, 0), "0 0.5 1", 2, 1},
		{span("", -2, 3), "-2 0 2", 0.5, 0.5},
		{logarithmic("", 2, 900), "1 10 100 1000", 10, 1. / 3},
		{logarithmic("", 1, 1), "1 10", 0, 0},
		{shares(""), "0 % 90 % 99 % 99.9 % 99.99 % 99.999 %", 0.9, 0.2},
		{shares(""), "0 % 90 % 99 % 99.9 % 99.99 % 99.999 %", 1, 1},
	} {
		if got := strings.Join(texts(test.a), " "); got != test.marks {
			t.Errorf("marks %s, want %s", got, test.marks)
		}
		if got := test.a.of(test.at); got < test.place-1e-9 || got > test.place+1e-9 {
			t.Errorf("%v is at %v, want %v", test.at, got, test.place)
		}
	}
}
