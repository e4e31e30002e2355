package metrics

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/store"
)

// nothing is a server that has done nothing. What a real one tells is tested in package server.
var nothing = Source{
	Version: "test",
	Edge:    func(context.Context) edge.Metrics { return edge.Metrics{} },
	Store:   func() store.Stats { return store.Stats{} },
	Online:  func() (int, int) { return 0, 0 }, Streams: func() (int, int) { return 0, 0 },
	Pushes: func() map[string]uint64 { return nil }, Watches: func() (int, int64) { return 0, 0 },
}

// TestOnlyThisMachineIsAnswered: a page in a browser has another name, whatever address it resolves to.
func TestOnlyThisMachineIsAnswered(t *testing.T) {
	h := Handler(nothing)
	for _, test := range []struct {
		host string
		ok   bool
	}{
		{"127.0.0.1:9469", true}, {"127.0.0.1", true}, {"[::1]:9469", true}, {"localhost:9469", true}, {"127.8.9.10:1", true},
		{"", false}, {"example.org", false}, {"example.org:9469", false}, {"127.0.0.1.example.org:9469", false}, {"localhost.example.org", false},
		{"192.168.1.1:9469", false}, {"[::]:9469", false}, {"0.0.0.0:9469", false},
	} {
		for _, path := range []string{"/", "/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=1", "/debug/pprof/symbol"} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = test.host
			h.ServeHTTP(w, r)
			if want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[test.ok]; w.Code != want {
				t.Errorf("%s as %q: %d, want %d", path, test.host, w.Code, want)
			}
			if !test.ok && strings.TrimSpace(w.Body.String()) != "only by an address of loopback, as 127.0.0.1" {
				t.Errorf("%s as %q says %s", path, test.host, w.Body)
			}
		}
	}
}

// TestNothingElseIsThere: the handler has its own paths only.
func TestNothingElseIsThere(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/debug/vars", nil)
	Handler(nothing).ServeHTTP(w, r)
	if w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}

// TestBucketsOfAHistogram are cumulative, and their bounds those of the counts.
func TestBucketsOfAHistogram(t *testing.T) {
	var lag edge.Lag
	lag.Count[0], lag.Count[6], lag.Count[7], lag.Count[edge.LagBuckets-1] = 1, 2, 4, 8
	source := nothing
	source.Edge = func(context.Context) edge.Metrics {
		return edge.Metrics{Loops: []edge.LoopMetrics{{Responding: true, Lag: lag}}}
	}
	w := httptest.NewRecorder()
	Handler(source).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/metrics", nil))
	for _, line := range []string{
		`godwit_loop_lag_seconds_bucket{loop="0",le="6.4e-05"} 3`, // below 2⁶ µs
		`godwit_loop_lag_seconds_bucket{loop="0",le="0.000256"} 7`,
		`godwit_loop_lag_seconds_bucket{loop="0",le="+Inf"} 15`,
		`godwit_loop_lag_seconds_count{loop="0"} 15`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("there is no %s in\n%s", line, w.Body)
		}
	}
}
