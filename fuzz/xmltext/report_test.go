package xmltext

import (
	"fmt"
	"slices"
	"strings"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/plain"
)

// report tells of a disagreement.
type report struct {
	seed, stream uint64
	data         []byte
	limits       []*codec.Limits
	cuts         []int
	new          func(*codec.Limits) codec.Decoder
	place, hold  uint8
	wrong        string
}

// String writes the report. It looks for a shorter stream that shows the same.
func (r report) String() string {
	var b strings.Builder
	put(&b, "%s\nstream: -seed %d -from %d -executions %d\nlimits: %s\n%s, %s\n%s\n", r.wrong, r.seed, r.stream, chunkings, describeLimits(r.limits), pieceLengths(r.cuts), holds[r.hold], quote(r.data))
	m := minimiser{limits: r.limits, new: r.new, place: r.place, hold: r.hold}
	defer m.memory.free()
	data, cuts, wrong := m.minimise(slices.Clone(r.data), r.cuts)
	if wrong == "" {
		put(&b, "A new decoder alone does nothing wrong with it: it depends on what was read before, or in turns with it.")
		return b.String()
	}
	put(&b, "minimised: %s\n%s\n%s\n", wrong, pieceLengths(cuts), quote(data))
	var p plain.Parser
	put(&b, "plain:\n%s", p.Parse(data, r.limits...))
	if len(r.limits) == 1 && r.hold == notHeld {
		put(&b, "\ndecoder:\n%s", outcomeOf(data, r.limits[0], cuts))
	}
	if len(data) < 500 {
		put(&b, "\nas a regression test, a file in testdata/fuzz/FuzzDecode:\ngo test fuzz v1\n[]byte(%q)\n[]byte(%q)", data, fuzzPieces(cuts))
	}
	return b.String()
}

// describeLimits writes down limits, and from which event on they hold.
func describeLimits(all []*codec.Limits) string {
	parts := make([]string, len(all))
	for i, l := range all {
		parts[i] = fmt.Sprintf("%+v from event %d on", *l, i)
	}
	return strings.Join(parts, ", ")
}

// outcomeOf returns what a decoder says, or that it panics.
func outcomeOf(data []byte, l *codec.Limits, cuts []int) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprint("panic: ", r)
		}
	}()
	return Read(data, l, atCuts(cuts), nil).String()
}

// atCuts returns a piece for Read that cuts there.
func atCuts(cuts []int) func() int {
	before := 0
	return func() int {
		n := cuts[0] - before
		before, cuts = cuts[0], cuts[1:]
		return n
	}
}
