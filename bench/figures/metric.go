package figures

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// metric is a figure of a round.
type metric struct {
	name   string
	format func(v float64) string
	get    func(r Round) float64 // 0: it was not measured
	ratio  bool                  // servers are compared by it
	less   bool                  // less is better
}

// metrics returns those of a round like r; the first is what the workload is about.
func metrics(r Round) []metric {
	switch {
	case r.Chat != nil && r.Loops > 0:
		return loopMetrics()
	case r.Chat != nil:
		return flowMetrics("messages/s", r.Chat.Asked > 0)
	case r.Presence != nil:
		return flowMetrics("deliveries/s", false)
	case r.Offline != nil:
		return offlineMetrics()
	case r.Login != nil:
		return []metric{
			{"logins/s", whole, func(r Round) float64 { return r.Login.PerSecond }, true, false},
			{"server CPU for 1,000, s", short, func(r Round) float64 { return r.Login.ServerCPU }, true, true},
			{"generator CPU for 1,000, s", short, func(r Round) float64 { return r.Login.OwnCPU }, false, true},
			{"latency p50, ms", short, func(r Round) float64 { return r.Login.Latency.P50 / 1000 }, false, true},
			{"p99, ms", short, func(r Round) float64 { return r.Login.Latency.P99 / 1000 }, false, true},
			{"server memory, MiB", short, func(r Round) float64 { return mebibytes(r.Login.Memory) }, false, true},
		}
	case r.Storm != nil:
		return []metric{
			{"all are back after, s", short, func(r Round) float64 { return r.Storm.Seconds }, true, true},
			{"logins/s", whole, func(r Round) float64 { return r.Storm.PerSecond }, false, false},
			{"half are back after, s", short, func(r Round) float64 { return r.Storm.Latency.P50 / 1e6 }, false, true},
			{"99 % are back after, s", short, func(r Round) float64 { return r.Storm.Latency.P99 / 1e6 }, false, true},
			{"server CPU for 1,000, s", short, func(r Round) float64 { return r.Storm.ServerCPU }, true, true},
			{"generator CPU for 1,000, s", short, func(r Round) float64 { return r.Storm.OwnCPU }, false, true},
			{"server memory, MiB", short, func(r Round) float64 { return mebibytes(r.Storm.Memory) }, false, true},
		}
	case r.Idle != nil:
		return []metric{
			{"KiB for each session", short, func(r Round) float64 { return r.Idle.PerSession / 1024 }, true, true},
			{"KiB for each of the second half", short, func(r Round) float64 { return r.Idle.PerMore / 1024 }, true, true},
			{"server without sessions, MiB", short, func(r Round) float64 { return mebibytes(r.Idle.Before) }, false, true},
			{"server with all, MiB", short, func(r Round) float64 { return mebibytes(r.Idle.After) }, false, true},
		}
	}
	return nil
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// flowMetrics are those of what flows for a while.
func flowMetrics(name string, isPaced bool) []metric {
	all := []metric{
		{name, whole, func(r Round) float64 { return r.flowing().PerSecond }, true, false},
		{"server CPU for each, µs", short, func(r Round) float64 { return r.flowing().ServerCPU }, true, true},
		{"generator CPU for each, µs", short, func(r Round) float64 { return r.flowing().OwnCPU }, false, true},
		{"server, CPUs busy", short, func(r Round) float64 { return r.flowing().ServerLoad }, false, true},
		{"latency p50, ms", short, func(r Round) float64 { return r.flowing().Latency.P50 / 1000 }, true, true},
		{"p90, ms", short, func(r Round) float64 { return r.flowing().Latency.P90 / 1000 }, false, true},
		{"p99, ms", short, func(r Round) float64 { return r.flowing().Latency.P99 / 1000 }, true, true},
		{"p99.9, ms", short, func(r Round) float64 { return r.flowing().Latency.P999 / 1000 }, false, true},
		{"most, ms", short, func(r Round) float64 { return r.flowing().Latency.Max / 1000 }, false, true},
		{"server memory, MiB", short, func(r Round) float64 { return mebibytes(r.flowing().Memory) }, false, true},
	}
	if isPaced { // that many come, or the server is too slow
		all[0], all[1] = all[1], all[0]
		all[1].ratio = false
	}
	return all
}

// loopMetrics are those of servers that differ in their event loops. The first is computed: where the clients have no machine of their own, they take from the server
// what a second loop could have used.
func loopMetrics() []metric {
	ownCPUs := func(r Round) float64 {
		if r.Chat.ServerCPU == 0 {
			return 0
		}
		return float64(r.Loops) * 1e6 / r.Chat.ServerCPU
	}
	all := flowMetrics("messages/s, clients on the same CPUs", false)
	return append([]metric{{"messages/s if each loop had a CPU, computed from the CPU for each", whole, ownCPUs, true, false}}, all...)
}

func offlineMetrics() []metric {
	return []metric{
		{"stored/s", whole, func(r Round) float64 { return r.Offline.Stored.PerSecond }, true, false},
		{"server CPU for each, µs", short, func(r Round) float64 { return r.Offline.Stored.ServerCPU }, true, true},
		{"generator CPU for each, µs", short, func(r Round) float64 { return r.Offline.Stored.OwnCPU }, false, true},
		{"server, CPUs busy", short, func(r Round) float64 { return r.Offline.Stored.ServerLoad }, false, true},
		{"until the ack p50, ms", short, func(r Round) float64 { return r.Offline.Stored.Latency.P50 / 1000 }, false, true},
		{"p99, ms", short, func(r Round) float64 { return r.Offline.Stored.Latency.P99 / 1000 }, false, true},
		{"fetched/s", whole, func(r Round) float64 { return r.Offline.Fetched.PerSecond }, true, false},
		{"server CPU for each fetched, µs", short, func(r Round) float64 { return r.Offline.Fetched.ServerCPU }, true, true},
		{"generator CPU for each fetched, µs", short, func(r Round) float64 { return r.Offline.Fetched.OwnCPU }, false, true},
		{"server, CPUs busy meanwhile", short, func(r Round) float64 { return r.Offline.Fetched.ServerLoad }, false, true},
		{"half have all after, ms", short, func(r Round) float64 { return r.Offline.Fetched.Latency.P50 / 1000 }, false, true},
		{"the last has all after, ms", short, func(r Round) float64 { return r.Offline.Fetched.Latency.Max / 1000 }, false, true},
		{"server memory, MiB", short, func(r Round) float64 { return mebibytes(r.Offline.Memory) }, false, true},
	}
}

// spread is what rounds had of a figure.
type spread struct{ median, least, most float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	v := slices.Sorted(slices.Values(values))
	middle := (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	return spread{middle, v[0], v[len(v)-1]}
}

func (m metric) of(r *Result) spread {
	var values []float64
	for _, round := range r.Rounds {
		values = append(values, m.get(round))
	}
	return spreadOf(values)
}

// against returns how many times better a is than b: the ratio of the medians, and the range of the ratios within the rounds.
func (m metric) against(a, b *Result) (s spread, ok bool) {
	ratio := func(x, y float64) float64 {
		if m.less {
			return y / x
		}
		return x / y
	}
	var within []float64
	for i := range min(len(a.Rounds), len(b.Rounds)) {
		x, y := m.get(a.Rounds[i]), m.get(b.Rounds[i])
		if x <= 0 || y <= 0 {
			return s, false
		}
		within = append(within, ratio(x, y))
	}
	s = spreadOf(within)
	s.median = ratio(m.of(a).median, m.of(b).median)
	return s, len(within) > 0
}

// show is the median, with the least and the most if there are several rounds.
func (s spread) show(format func(float64) string, rounds int) string {
	if rounds < 2 {
		return format(s.median)
	}
	if s.most == 0 {
		return format(0)
	}
	end := func(v float64) string {
		if v == 0 {
			return "0" // in another round there was something
		}
		return format(v)
	}
	return fmt.Sprintf("%s (%s–%s)", end(s.median), end(s.least), end(s.most))
}

// whole writes a number with commas between its thousands.
func whole(v float64) string {
	s := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return strings.Replace(s, "-,", "-", 1)
}

// short writes about three digits.
func short(v float64) string {
	switch {
	case v == 0:
		return "–"
	case v >= 1000 || v <= -1000:
		return whole(v)
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
