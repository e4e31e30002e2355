package codec

import "slices"

// cells makes the results of a run.
func (r *runner) cells() (all []Cell) {
	for _, t := range r.tables {
		c := Cell{Corpus: t.corpus.Name, Bytes: len(t.corpus.Stream), Piece: t.piece, Counts: t.reports[0][0].Counts}
		for i := range r.all {
			c.Tools = append(c.Tools, r.result(t, i))
		}
		all = append(all, c)
	}
	return all
}

// result sums up what tool i has done.
func (r *runner) result(t *table, i int) Result {
	tool, first := r.all[i], t.reports[0][i]
	stanzas := float64(first.Counts.Stanzas)
	speeds := t.each(func(round []Report) float64 {
		return float64(len(t.corpus.Stream)) / 1e6 / round[i].Best.Seconds()
	})
	res := Result{
		Tool: tool.name, Own: tool.own, Version: first.Version, Kernel: first.Kernel,
		MBps: median(speeds), Slowest: slices.Min(speeds), Fastest: slices.Max(speeds),
		Nanoseconds: median(t.each(func(round []Report) float64 { return float64(round[i].Best.Nanoseconds()) / stanzas })),
	}
	if tool.managed {
		n := median(t.each(func(round []Report) float64 { return float64(round[i].Allocations) / stanzas }))
		b := median(t.each(func(round []Report) float64 { return float64(round[i].Allocated) / stanzas }))
		res.Allocations, res.Allocated = &n, &b
	}
	if tool.decoder {
		res.Ratios = make(map[string]float64)
		for j, other := range r.all {
			if !other.own && j != i {
				res.Ratios[other.name] = median(t.each(func(round []Report) float64 {
					return round[j].Best.Seconds() / round[i].Best.Seconds()
				}))
			}
		}
	}
	return res
}

// each returns a figure of each round.
func (t *table) each(figure func(round []Report) float64) (all []float64) {
	for _, round := range t.reports {
		all = append(all, figure(round))
	}
	return all
}

// median returns the middle one of all, or the mean of the two in the middle. There must be one.
func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}
