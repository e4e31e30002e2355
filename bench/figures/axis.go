package figures

import (
	"math"
	"slices"
	"strconv"
)

// axis maps values to places between 0 and 1.
type axis struct {
	name     string
	from, to float64
	place    func(v float64) float64 // monotonic, applied to values and to the ends
	marks    []mark
}

// mark is a value that is written at an axis.
type mark struct {
	at   float64
	text string
}

// of returns the place of a value, cut off at the ends.
func (a *axis) of(v float64) float64 {
	from, to := a.place(a.from), a.place(a.to)
	return min(1, max(0, (a.place(v)-from)/(to-from)))
}

// linear is an axis from the least to the greatest value, or somewhat more, with round marks.
func linear(name string, least, greatest float64) *axis {
	if greatest <= least {
		greatest = least + 1
	}
	step := roundStep((greatest - least) / 4)
	a := &axis{name: name, from: math.Floor(least/step) * step, to: math.Ceil(greatest/step) * step, place: func(v float64) float64 { return v }}
	for i := 0.0; a.from+i*step <= a.to+step/2; i++ {
		v := a.from + i*step
		a.marks = append(a.marks, mark{v, plain(v)})
	}
	return a
}

// roundStep returns 1, 2 or 5 times a power of ten, at least v.
func roundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 5} {
		if n*power >= v {
			return n * power
		}
	}
	return 10 * power
}

// span is an axis from the least to the greatest value, with round marks between.
func span(name string, least, greatest float64) *axis {
	a := linear(name, least, greatest)
	a.from, a.to = least, max(greatest, least+1)
	a.marks = slices.DeleteFunc(a.marks, func(m mark) bool { return m.at < a.from || m.at > a.to })
	return a
}

// logarithmic is an axis of whole decades.
func logarithmic(name string, least, greatest float64) *axis {
	first, last := math.Floor(math.Log10(least)), math.Ceil(math.Log10(greatest))
	if last <= first {
		last = first + 1
	}
	a := &axis{name: name, from: math.Pow(10, first), to: math.Pow(10, last), place: math.Log10}
	for e := first; e <= last; e++ {
		a.marks = append(a.marks, mark{math.Pow(10, e), plain(math.Pow(10, e))})
	}
	return a
}

// mostShare is where the axis of shares ends: of 100,000 one is beyond.
const mostShare = 0.99999

// shares is an axis of shares on which each nine more has the same room.
func shares(name string) *axis {
	a := &axis{name: name, to: mostShare, place: func(v float64) float64 { return -math.Log10(1 - min(v, mostShare)) }}
	for _, v := range []float64{0, 0.9, 0.99, 0.999, 0.9999, mostShare} {
		a.marks = append(a.marks, mark{v, strconv.FormatFloat(v*100, 'g', 6, 64) + " %"})
	}
	return a
}

// plain writes a number at an axis.
func plain(v float64) string {
	if math.Abs(v) >= 10_000 {
		return whole(v)
	}
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
}
