package xmltext

import (
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/plain"
)

// minimiser looks for a short stream that is decoded wrong.
type minimiser struct {
	limits []*codec.Limits
	new    func(*codec.Limits) codec.Decoder
	place  uint8
	hold   uint8
	parser plain.Parser
	memory memory
}

// minimise takes away what is not needed. wrong is "" when a new decoder does nothing wrong at all.
func (m *minimiser) minimise(data []byte, cuts []int) (least []byte, leastCuts []int, wrong string) {
	leastCuts, wrong = m.find(data, m.ways(data, cuts))
	if wrong == "" {
		return nil, nil, ""
	}
	for size := len(data) / 2; size > 0; {
		shorter := false
		for at := 0; at+size <= len(data); {
			without := slices.Delete(slices.Clone(data), at, at+size)
			if c, what := m.find(without, [][]int{{len(without)}, shift(leastCuts, at, size)}); what != "" {
				data, leastCuts, wrong, shorter = without, c, what, true
				continue
			}
			at += size
		}
		if !shorter || size > len(data) {
			size /= 2
		}
	}
	return data, leastCuts, wrong
}

// shift returns the cuts of a stream that lacks size bytes from at on.
func shift(cuts []int, at, size int) (shifted []int) {
	for _, c := range cuts {
		if c > at {
			c = max(at, c-size)
		}
		if c > last(shifted) {
			shifted = append(shifted, c)
		}
	}
	return shifted
}

// ways returns ways of cutting data: whole, byte by byte, the known one, and, if data is short, each with a single cut.
func (m *minimiser) ways(data []byte, cuts []int) [][]int {
	var g generator
	ways := [][]int{{len(data)}, g.every(nil, len(data), 1), cuts}
	if len(data) <= 1_000 {
		for at := 1; at < len(data); at++ {
			ways = append(ways, []int{at, len(data)})
		}
	}
	return ways
}

// find returns the first of the ways of cutting data that shows something wrong.
func (m *minimiser) find(data []byte, ways [][]int) (found []int, wrong string) {
	for _, way := range ways {
		if wrong := m.try(data, way); wrong != "" {
			return slices.Clone(way), wrong
		}
	}
	return nil, ""
}

// try decodes data once and says what is wrong.
func (m *minimiser) try(data []byte, cuts []int) (wrong string) {
	if last(cuts) != len(data) || len(data) == 0 {
		return ""
	}
	debug.SetPanicOnFault(true)
	d := m.new(m.limits[0])
	defer func() {
		if r := recover(); r != nil {
			wrong = fmt.Sprint("panic: ", r)
			return
		}
		d.Close()
	}()
	s := new(codec.Scratch)
	t := trial{
		data: data, want: m.parser.Parse(data, m.limits...), cuts: cuts, decoder: d, limits: m.limits,
		scratch: [2]*codec.Scratch{s, s}, memory: &m.memory, place: m.place, hold: m.hold, print: new(printer),
	}
	for more := true; more && wrong == ""; {
		wrong, more = t.step()
	}
	return wrong
}
