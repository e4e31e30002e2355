package codec

import (
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/corpus"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		all  []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 100}, 3.5}} {
		if got := median(c.all); got != c.want {
			t.Errorf("%v: %v, want %v", c.all, got, c.want)
		}
	}
}

// A slow round slows both sides: ratios are of one round each.
func TestRatiosAreOfTheSameRound(t *testing.T) {
	r := runner{all: []tool{{name: Godwit, own: true, decoder: true, managed: true}, {name: "other"}}}
	tab := &table{corpus: &corpus.Corpus{Name: "x", Stream: make([]byte, 1000)}}
	for _, ms := range [][2]int{{1, 10}, {10, 100}, {2, 40}} { // ratios 10, 10, 20
		var reports []Report
		for _, n := range ms {
			reports = append(reports, Report{Best: time.Duration(n) * time.Millisecond, Counts: Counts{Stanzas: 4}, Allocations: 8})
		}
		tab.reports = append(tab.reports, reports)
	}
	r.tables = []*table{tab}
	got := r.cells()[0].Tools
	if ours := got[0]; ours.Ratios["other"] != 10 || ours.MBps != 0.5 || ours.Slowest != 0.1 || ours.Fastest != 1 || ours.Nanoseconds != 500_000 || *ours.Allocations != 2 {
		t.Errorf("%+v", ours)
	}
	if other := got[1]; other.Ratios != nil || other.Allocations != nil || other.MBps != 0.025 {
		t.Errorf("%+v", other)
	}
}
