package xmltext

import (
	"bytes"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/corpus"
	"github.com/godwit-im/godwit/fuzz/plain"
)

// usualStreams is how many mutated streams TestExpat compares.
const usualStreams = 100_000

// TestExpat compares the plain parser, which the decoder is compared with, with expat: first on the corpora, then on generated and mutated streams.
func TestExpat(t *testing.T) {
	if os.Getenv("GODWIT_EXPAT") != "1" {
		t.Skip("set GODWIT_EXPAT=1 to compare with expat; it needs a C compiler and expat's header")
	}
	program := buildOracle(t)
	t.Log("corpora:", compareCorpora(t, program))
	n := *executions
	if n == 0 {
		n = usualStreams
	}
	r := &comparison{t: t, program: program, seed: startSeed(t), end: *from + uint64(n), counts: map[string]int{}}
	r.next.Store(*from)
	start := time.Now()
	var all sync.WaitGroup
	for range workers() {
		all.Go(r.work)
	}
	all.Wait()
	done := 0
	for _, k := range r.counts {
		done += k
	}
	t.Logf("%d streams in %v, %.0f a second, seed %d: %v", done, time.Since(start).Round(time.Millisecond), float64(done)/time.Since(start).Seconds(), r.seed, r.counts)
}

// compareCorpora compares what is in the corpora as it is.
func compareCorpora(t *testing.T, program string) map[string]int {
	x, err := startOracle(program)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, c := range corpus.Hostile() {
		all = append(all, c.Data)
	}
	for _, e := range append(corpus.XEPExamples(), corpus.DialbackExamples()...) {
		all = append(all, []byte(header+string(e.XML)+footer))
	}
	r := comparison{t: t, counts: map[string]int{}}
	for _, data := range all {
		a, err := x.judge(data)
		if err != nil {
			t.Fatal(err)
		}
		r.count(x, data, a)
	}
	if err := x.close(); err != nil {
		t.Error(err)
	}
	return r.counts
}

// comparison is a run of TestExpat.
type comparison struct {
	t       *testing.T
	program string
	seed    uint64
	end     uint64        // the number of the stream after the last
	next    atomic.Uint64 // that of the first stream nobody has
	bad     atomic.Int64  // disagreements
	parser  plain.Parser
	infoset infosets
	room    []byte // the streams of a batch

	mu     sync.Mutex
	counts map[string]int
}

// work compares streams in batches, with an expat of its own.
func (r *comparison) work() {
	x, err := startOracle(r.program)
	if err != nil {
		r.t.Error(err)
		return
	}
	mine := &comparison{t: r.t, seed: r.seed, counts: map[string]int{}}
	var g generator
	for r.bad.Load() < enough {
		first := r.next.Add(batch) - batch
		if first >= r.end {
			break
		}
		if err := mine.batch(x, &g, first, min(first+batch, r.end)); err != nil {
			r.t.Error(err)
			break
		}
		r.bad.Add(mine.bad.Swap(0))
	}
	if err := x.close(); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for what, n := range mine.counts {
		r.counts[what] += n
	}
}

// batch compares the streams from first to end-1. All are asked about before an answer is read, so that both sides work at once.
func (r *comparison) batch(x *oracle, g *generator, first, end uint64) error {
	all, room := make([][]byte, 0, batch), r.room[:0]
	for i := first; i < end; i++ {
		from := len(room)
		room = append(room, g.make(r.seed, i)...)
		all = append(all, room[from:]) // stays what it is when room grows
	}
	r.room = room
	asked := make(chan error, 1)
	go func() { asked <- x.askAll(all) }()
	answers := make([]answer, len(all))
	for i := range answers {
		a, err := x.answer()
		if err != nil {
			return err
		}
		answers[i] = a
	}
	if err := <-asked; err != nil {
		return err
	}
	for i := range all {
		if !r.count(x, all[i], answers[i]) {
			r.t.Logf("stream: -seed %d -from %d -executions 1", r.seed, first+uint64(i))
		}
	}
	return nil
}

// count compares what both say of a stream, and counts how they agree or why they may differ; it reports whether they may.
func (r *comparison) count(x *oracle, data []byte, a answer) bool {
	what, err := r.compare(x, data, a)
	if err != nil {
		r.t.Error(err)
		return false
	}
	r.counts[what]++
	if what == differs {
		r.bad.Add(1)
		var p plain.Parser
		full, _ := x.judge(data)
		r.t.Errorf("expat: %s\nplain: %s\n%s", full, p.Parse(data, &noLimits), quote(data))
	}
	return what != differs
}

const differs = "differs"

// compare returns how the plain parser and expat agree, or why they differ.
func (r *comparison) compare(x *oracle, data []byte, a answer) (string, error) {
	what := r.explain(data, a)
	if what != differs || a.verdict != reject {
		return what, nil
	}
	if ascii := inASCII(data); !bytes.Equal(ascii, data) {
		a, err := x.judge(ascii)
		if err != nil {
			return differs, err
		}
		if r.explain(ascii, a) != differs {
			return "name of the fifth edition", nil // expat has the fourth
		}
	}
	return what, nil
}

// undecided reports whether data ends with what is wrong however it goes on, but may still be so for one reason or another: the conditions are not the same.
func undecided(data []byte) bool {
	for _, word := range []string{"<!DOCTYPE", "<![CDATA["} {
		for n := len("<!D"); n < len(word); n++ {
			if bytes.HasSuffix(data, []byte(word[:n])) {
				return true
			}
		}
	}
	return bytes.HasSuffix(data, []byte("&"))
}

// inDoctype reports whether data ends in a document type, which begins where the error is. To expat its parts are tokens, and only the end of it makes it one.
func inDoctype(data []byte, err *codec.Error) bool {
	rest := data[err.Offset:]
	return bytes.HasPrefix(rest, []byte("<!DOCTYPE")) && !bytes.ContainsAny(rest, ">[")
}

// explain returns how what the plain parser says of data and expat's answer agree, or why they may differ.
func (r *comparison) explain(data []byte, a answer) string {
	ours := r.parser.Parse(data, &noLimits)
	elements, hash := r.infoset.hash(ours)
	if elements == a.elements && hash == a.hash {
		switch {
		case (ours.Err != nil) == (a.verdict == reject):
			return []string{"accept", "unfinished", "reject"}[a.verdict]
		case ours.Err != nil && (a.verdict == unfinished || len(data) < 4 || inDoctype(data, ours.Err)):
			return "told before the token ends"
		case ours.Err == nil && undecided(data):
			return "wrong however it goes on, but how is not clear yet"
		}
	}
	if ours.Err != nil {
		switch ours.Err.Reason {
		case "reference between elements":
			return "white space by reference between elements" // expat does not show it
		case "header binds too much", "prefix too long", "name too long", "XML declaration too long":
			return "a limit that stays when all others are off"
		}
	}
	return differs
}

// inASCII returns data with an a for every character beyond ASCII: if that makes both agree, a name has one that only the fifth edition allows.
func inASCII(data []byte) (ascii []byte) {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if n == 1 || r == '\ufffe' || r == '\uffff' {
			ascii = append(ascii, data[i:i+n]...)
		} else {
			ascii = append(ascii, 'a')
		}
		i += n
	}
	return ascii
}
