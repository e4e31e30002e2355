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
	parser  plain.Parser
	trials  [chunkings]trial
	scratch codec.Scratch // of all its decoders, as in a loop
	printer printer
	counts  counts
}

func newWorker(seed uint64) *worker {
	debug.SetPanicOnFault(true) // for this goroutine: a read outside of the input is a finding as well
	w := &worker{seed: seed}
	for i := range w.trials {
		w.trials[i].scratch, w.trials[i].memory = &w.scratch, new(memory)
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
	limits := w.limits()
	want := w.parser.Parse(data, limits)
	w.counts.note(outcome(want), len(want.Events), len(data))
	for k := range w.trials {
		t := &w.trials[k]
		t.data, t.want, t.print = data, want, nil
		t.place = uint8(w.n(places))
		if w.chance(2) {
			t.place = atEnd
		}
		t.cuts = t.cuts[:0]
		if k > 0 {
			t.cuts = w.cut(t.cuts, data, want.Events)
		} else if len(data) > 0 {
			t.cuts = append(t.cuts, len(data))
		}
		w.renew(t, limits)
	}
	if w.chance(16) {
		w.trials[0].print = &w.printer
	}
	k, wrong := w.run(w.chance(2))
	if wrong == "" {
		return ""
	}
	report := report{seed: w.seed, stream: i, data: data, limits: limits, cuts: w.trials[k].cuts, place: w.trials[k].place, wrong: wrong}
	return report.String()
}

// renew gives t a decoder for a new stream: mostly one that has read others before.
func (w *worker) renew(t *trial, limits *codec.Limits) {
	t.begin()
	if t.decoder == nil || w.chance(8) || len(t.data) > 0 && isSpace(t.data[0]) { // after a restart such white space would be something else
		if t.decoder != nil {
			t.decoder.Close()
		}
		t.decoder = xmltext.NewDecoder(limits)
		return
	}
	t.decoder.Restart()
	t.decoder.SetLimits(limits)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// run runs the trials, one after the other or in turns, and returns the one in which something was wrong.
func (w *worker) run(inTurns bool) (k int, wrong string) {
	defer func() {
		if r := recover(); r != nil {
			wrong = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
		if wrong != "" {
			w.scratch = codec.Scratch{}
			for i := range w.trials {
				w.trials[i].decoder = nil
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

// limits returns the limits of a stream: none, the usual ones, or tight ones.
func (w *worker) limits() *codec.Limits {
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
