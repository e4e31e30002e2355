package figures

import "github.com/godwit-im/godwit/bench/load"

// plots returns the plots of a workload.
func (w *Workload) plots() (all []figure) {
	var plots []*plot
	for _, t := range timesOf(w.Results[0].Rounds[0]) {
		plots = append(plots, w.percentiles(t), w.histogram(t))
	}
	for _, p := range append(plots, w.throughput(), w.memory()) {
		if p != nil {
			all = append(all, figure{Title: p.title, Picture: p.svg()})
		}
	}
	return all
}

// timing is how long something took in a workload.
type timing struct {
	name string
	get  func(r *Round) *load.Latency
}

// timesOf returns those of a round like r.
func timesOf(r Round) []timing {
	switch {
	case r.flowing() != nil:
		return []timing{{"latency", func(r *Round) *load.Latency { return &r.flowing().Latency }}}
	case r.Offline != nil:
		return []timing{
			{"from a message to its ack", func(r *Round) *load.Latency { return &r.Offline.Stored.Latency }},
			{"from a presence to the last message that waited", func(r *Round) *load.Latency { return &r.Offline.Fetched.Latency }},
		}
	case r.Login != nil:
		return []timing{{"latency", func(r *Round) *load.Latency { return &r.Login.Latency }}}
	case r.Storm != nil:
		return []timing{{"from the storm to the return", func(r *Round) *load.Latency { return &r.Storm.Latency }}}
	}
	return nil
}

// lines makes a line of each round.
func (w *Workload) lines(isStep bool, points func(r *Round) []point) (all []line) {
	for i, result := range w.Results {
		best := shown(metrics(result.Rounds[0])[0], result)
		for j := range result.Rounds {
			if at := points(&result.Rounds[j]); len(at) > 0 {
				all = append(all, line{i, j != best, isStep, at})
			}
		}
	}
	return all
}

// ends returns the least and the greatest of what get says of all points.
func ends(lines []line, get func(p point) float64) (least, greatest float64) {
	isFirst := true
	for _, l := range lines {
		for _, p := range l.at {
			v := get(p)
			if isFirst {
				least, greatest, isFirst = v, v, false
			}
			least, greatest = min(least, v), max(greatest, v)
		}
	}
	return least, greatest
}

func getX(p point) float64 { return p.x }
func getY(p point) float64 { return p.y }

// percentiles shows how many took at most how long.
func (w *Workload) percentiles(t timing) *plot {
	p := &plot{title: t.name + ", by percentile", x: shares("share that took at most so long"), lines: w.lines(false, func(r *Round) (at []point) {
		for _, c := range t.get(r).Curve {
			at = append(at, point{c.Share, max(c.Micros, 1) / 1000})
		}
		return at
	})}
	if len(p.lines) == 0 {
		return nil
	}
	least, greatest := ends(p.lines, getY)
	p.y = logarithmic("milliseconds", least, greatest)
	return p
}

// histogram shows how often each latency was.
func (w *Workload) histogram(t timing) *plot {
	p := &plot{title: t.name + ", as a histogram", lines: w.lines(true, func(r *Round) (at []point) {
		for _, b := range t.get(r).Histogram {
			at = append(at, point{b.Micros / 1000, b.Share * 100})
		}
		return at
	})}
	if len(p.lines) == 0 {
		return nil
	}
	least, greatest := ends(p.lines, getX)
	p.x = logarithmic("milliseconds", least, greatest)
	_, most := ends(p.lines, getY)
	p.y = linear("% of all, a tenth of a decade each", 0, most)
	return p
}

// over is a plot of what samples say, over time.
func (w *Workload) over(title, name string, get func(s load.Sample) float64) *plot {
	p := &plot{title: title, lines: w.lines(false, func(r *Round) (at []point) {
		c := r.flowing()
		if c == nil {
			return nil
		}
		for _, s := range c.Series {
			at = append(at, point{s.At, get(s)})
		}
		return at
	})}
	least, greatest := ends(p.lines, getX)
	_, most := ends(p.lines, getY)
	if most == 0 {
		return nil
	}
	p.x, p.y = span("seconds; what is before 0 does not count", least, greatest), linear(name, 0, most)
	return p
}

func (w *Workload) throughput() *plot {
	return w.over("stanzas delivered", "stanzas/s", func(s load.Sample) float64 { return s.PerSecond })
}

func (w *Workload) memory() *plot {
	return w.over("memory of the server", "MiB (Pss)", func(s load.Sample) float64 { return float64(s.Memory) / (1 << 20) })
}
