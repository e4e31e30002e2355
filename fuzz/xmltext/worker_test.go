package xmltext

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/plain"
)

// chunkings is in how many ways each stream is cut.
const chunkings = 3

// worker makes streams and tries them. It belongs to one goroutine.
type worker struct {
	generator
	seed    uint64
	new     func(*codec.Limits) codec.Decoder
	parser  plain.Parser
	trials  [chunkings]trial
	scratch [2]codec.Scratch // of all its decoders, as in a loop; and another
	limits  []*codec.Limits  // of the stream
	printer printer
	counts  counts
}

// newDecoder makes the decoders that are tried.
func newDecoder(l *codec.Limits) codec.Decoder { return xmltext.NewDecoder(l) }

func newWorker(seed uint64) *worker {
	debug.SetPanicOnFault(true) // for this goroutine: a read outside of the input is a finding as well
	w := &worker{seed: seed, new: newDecoder}
	for i := range w.trials {
		w.trials[i].memory = new(memory)
	}
	return w
}

func (w *worker) close() {
	for i := range w.trials {
		w.trials[i].memory.free()
	}
}

// stream tries stream number i and says what is wrong, "" for nothing.
func (w *worker) stream(i uint64) (wrong string) {
	data := w.make(w.seed, i)
	w.limits = append(w.limits[:0], w.someLimits())
	for w.chance(8) {
		w.limits = append(w.limits, w.someLimits())
	}
	want := w.parser.Parse(data, w.limits...)
	w.counts.note(outcome(want), len(want.Events), len(data))
	for k := range w.trials {
		t := &w.trials[k]
		t.data, t.want, t.limits, t.print = data, want, w.limits, nil
		t.scratch = [2]*codec.Scratch{&w.scratch[0], &w.scratch[w.n(5)/4]}
		t.place, t.hold = uint8(w.n(places)), uint8(w.n(waysOfHolding))
		if w.chance(2) {
			t.place = atEnd
		}
		t.cuts = t.cuts[:0]
		if k > 0 {
			t.cuts = w.cut(t.cuts, data, want.Events)
		} else if len(data) > 0 {
			t.cuts = append(t.cuts, len(data))
		}
		w.renew(t)
	}
	if w.chance(16) {
		w.trials[0].print = &w.printer
	}
	k, wrong := w.run(w.chance(2))
	if wrong == "" {
		return ""
	}
	report := report{new: w.new, seed: w.seed, stream: i, data: data, limits: w.limits, cuts: w.trials[k].cuts, place: w.trials[k].place, hold: w.trials[k].hold, wrong: wrong}
	return report.String()
}

// renew gives t a decoder for a new stream: mostly one that has read others before.
func (w *worker) renew(t *trial) {
	t.lead = ""
	if t.decoder == nil || w.chance(8) || len(t.data) > 0 && isSpace(t.data[0]) { // after a restart such white space would be something else
		if t.decoder != nil {
			t.decoder.Close()
		}
		t.decoder = w.new(w.limits[0])
	} else {
		t.decoder.Restart()
		if w.chance(4) {
			t.lead = pick(&w.generator, whites)
		}
	}
	t.begin()
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// run runs the trials, one after the other or in turns, and returns the one in which something was wrong.
func (w *worker) run(inTurns bool) (k int, wrong string) {
	defer func() {
		if r := recover(); r != nil {
			wrong = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
		if wrong != "" {
			w.scratch = [2]codec.Scratch{} // what held input is dropped with it
			for i := range w.trials {
				w.trials[i].decoder, w.trials[i].holding = nil, nil
			}
		}
	}()
	running := [chunkings]bool{true, true, true}
	for left := chunkings; left > 0; {
		for k = range w.trials {
			for running[k] {
				if wrong, running[k] = w.trials[k].step(); wrong != "" {
					return k, wrong
				}
				if !running[k] {
					left--
				}
				if inTurns {
					break
				}
			}
		}
	}
	return 0, ""
}

// outcome names what becomes of a stream.
func outcome(s plain.Stream) string {
	switch {
	case s.Err != nil:
		return s.Err.Condition.String()
	case len(s.Events) > 0 && s.Events[len(s.Events)-1].Kind == codec.EventClose:
		return "closed"
	}
	return "open"
}

// someLimits returns no limits, the usual ones, or tight ones.
func (w *worker) someLimits() *codec.Limits {
	switch k := w.n(8); {
	case k < 4:
		return &noLimits
	case k < 5:
		return &codec.DefaultLimits
	case k < 6:
		return &codec.PreAuthLimits
	}
	return pick(&w.generator, manyLimits)
}

var noLimits codec.Limits

// manyLimits are limits that short streams reach.
var manyLimits = func() (all []*codec.Limits) {
	r := rand.New(rand.NewPCG(1, 1))
	some := func(n int) int {
		if r.IntN(3) > 0 {
			return 0
		}
		return 1 + r.IntN(n)
	}
	for range 512 {
		all = append(all, &codec.Limits{
			Bytes: some(300), Depth: some(5), Attributes: some(6), Elements: some(8), Namespaces: some(4), Name: some(30),
		})
	}
	return all
}()

func put(w io.Writer, format string, args ...any) { fmt.Fprintf(w, format, args...) }
