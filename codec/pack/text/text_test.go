package text

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec/pack/coder"
)

func encode(s string) []byte {
	var e coder.Encoder
	e.Begin(nil)
	Append(&e, new(Scratch), []byte(s))
	return e.End()
}

func decode(p []byte, max int) (string, error) {
	var d coder.Decoder
	d.Begin(p)
	s, err := Read(&d, new(Scratch), nil, max)
	return string(s), err
}

// sample is a text that the model was not trained with.
type sample struct{ set, lang, text string }

// samples are those of the benchmarks, whose authors are not in the training at all, and those that the trainer held out.
var samples = sync.OnceValue(func() (all []sample) {
	for _, l := range readLines("../../../bench/corpus/bodies.tsv") {
		all = append(all, sample{"bodies", l[0], l[1]})
	}
	for _, l := range readLines("testdata/heldout.tsv") {
		all = append(all, sample{"heldout", l[0], l[2]})
	}
	return all
})

func readLines(file string) (all [][]string) {
	p, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	for l := range strings.Lines(string(p)) {
		all = append(all, strings.Split(strings.TrimSuffix(l, "\n"), "\t"))
	}
	return all
}

// odd are texts that no model expects.
var odd = []string{
	"", " ", "\t\n\r", "a", "\u0085\u00A0", "\uFFFD\uE000\U0010FFFD", "ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺ", "ქართული ენა", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "👩🏽‍❤️‍💋‍👨🏿🏴󠁧󠁢󠁥󠁮󠁧󠁿",
	"https://example.org/a/b?c=d&e=%20f#g", "xmpp:romeo@example.net?message", "+44 20 7946 0958", "2026-11-30T02:15:00Z",
	"0123456789abcdef0123456789ABCDEF", "if err != nil {\n\treturn fmt.Errorf(\"%w\", err)\n}", "SELECT * FROM t WHERE a = 'b';",
	"U2FsdGVkX1+ZJ8wq3pK5mQy0bVh7d2nLr4oTgXs6uEc=", strings.Repeat("ha", 500), strings.Repeat("\U000F0000\U00100001", 300),
}

func checkRound(t *testing.T, s string) []byte {
	t.Helper()
	p := encode(s)
	if got, err := decode(p, len(s)); err != nil || got != s {
		t.Fatalf("%q, %v, not %q", got, err, s)
	}
	if len(s) > 0 {
		if _, err := decode(p, len(s)-1); !errors.Is(err, ErrTooLong) {
			t.Fatalf("%q is read with a byte less allowed: %v", s, err)
		}
	}
	if len(p) > len(s)+2 {
		t.Fatalf("%q: %d bytes for %d", s, len(p), len(s))
	}
	return p
}

func TestRoundTrip(t *testing.T) {
	for _, s := range samples() {
		checkRound(t, s.text)
	}
	for _, s := range odd {
		checkRound(t, s)
	}
	for seed := range uint64(3000) {
		checkRound(t, random(rand.New(rand.NewPCG(seed, 1))))
	}
}

// random returns code points from all that XML allows, more of some than of others, and pieces of real texts.
func random(r *rand.Rand) string {
	var s []byte
	for range r.IntN(40) {
		c := rune(r.IntN(0x110000) >> r.IntN(21))
		if r.IntN(5) == 0 {
			all := samples()
			piece := []rune(all[r.IntN(len(all))].text)
			s = append(s, string(piece[r.IntN(len(piece)+1):])...)
		} else if allowed(c) {
			s = utf8.AppendRune(s, c)
		}
	}
	return string(s)
}

// A text stands among other choices, and behind what dst has.
func TestAmongOthers(t *testing.T) {
	var e coder.Encoder
	e.Begin([]byte("x"))
	e.Uniform(5, 3)
	Append(&e, new(Scratch), []byte("see you"))
	Append(&e, new(Scratch), []byte("\U00100001"))
	e.Uniform(77, 9)
	p := e.End()[1:]
	var d coder.Decoder
	d.Begin(p)
	a := d.Uniform(3)
	s, err1 := Read(&d, new(Scratch), []byte("y"), 7)
	s, err2 := Read(&d, new(Scratch), s, 4)
	if b := d.Uniform(9); a != 5 || b != 77 || string(s) != "ysee you\U00100001" || err1 != nil || err2 != nil || d.Left() > 0 {
		t.Errorf("%d %q %v %v %d", a, s, err1, err2, b)
	}
}

// What is cut off or made up is an error or some text, in bounds.
func TestHostile(t *testing.T) {
	for i, s := range samples() {
		if i%7 == 0 {
			p := encode(s.text)
			for n := range p {
				checkHostile(t, p[:n])
			}
		}
	}
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 2))
		p := make([]byte, r.IntN(60))
		for i := range p {
			p[i] = byte(r.Uint32()) >> r.IntN(9)
		}
		checkHostile(t, p)
	}
	for b := range 256 {
		checkHostile(t, bytes.Repeat([]byte{byte(b)}, 1000))
	}
}

func checkHostile(t *testing.T, p []byte) {
	t.Helper()
	const max = 10_000
	s, err := decode(p, max)
	if len(s) > max {
		t.Fatalf("%x: %d bytes", p, len(s))
	}
	if err == nil {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !allowed(r) }) {
			t.Fatalf("%x: %q", p, s)
		}
		checkRound(t, s)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range odd {
		f.Add(encode(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) { checkHostile(t, p) })
}

func FuzzAppend(f *testing.F) {
	for _, s := range odd {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !allowed(r) }) {
			checkRound(t, s)
		}
	})
}

// The lists are such that what one has its shorter context has too, and weights add up.
func TestModel(t *testing.T) {
	m := shared()
	last := m.blocks[len(m.blocks)-1]
	for at := uint32(0); at < uint32(len(m.cells)); {
		head, list := m.list(at)
		sum, above := uint32(0), uint32(0)
		weights := make(map[uint16]uint32)
		if up := head.next(); at > last && !m.isClass(up) {
			_, list := m.list(up)
			for _, c := range list {
				weights[c.symbol] = c.share()
			}
		}
		for _, c := range list {
			sum += c.share()
			above += weights[c.symbol]
			if c.share() == 0 || c.next() >= uint32(len(m.cells)) {
				t.Fatalf("list %d: %+v", at, c)
			}
			if _, ok := weights[c.symbol]; !ok && len(weights) > 0 {
				t.Fatalf("list %d: %+v is not in the shorter context", at, c)
			}
		}
		if sum >= total || above != head.share() {
			t.Fatalf("list %d: %d and %d", at, sum, above)
		}
		at += 1 + uint32(head.symbol)
	}
	for _, r := range m.runes[2:] {
		if r < pairMark && !allowed(r) || r >= pairMark && r%128 < ' ' {
			t.Errorf("%U is a symbol", r)
		}
	}
	size := 6*len(m.cells) + 4*len(m.blocks) + 5*len(m.runes) + 2*len(m.page) + 2*len(m.pairs) + 128*len(m.symbols)
	t.Logf("%d bytes in the program, %d in memory: %d symbols, %d cells", len(packed), size, len(m.runes), len(m.cells))
	if len(packed) > 400<<10 || size > 5<<19 || uint32(len(m.cells)) > 1<<19 || len(m.runes) > maxSymbols {
		t.Error("too large")
	}
}

// The languages that have to be good are good: the table of MODEL.md, by go test -v -run Table.
func TestTable(t *testing.T) {
	type row struct{ n, raw, coded, chatRaw, chat, few, fewBytes int }
	rows := make(map[string]*row)
	for _, s := range samples() {
		r := rows[s.set+" "+s.lang]
		if r == nil {
			r = &row{}
			rows[s.set+" "+s.lang] = r
		}
		n := len(encode(s.text))
		r.n++
		r.raw += len(s.text)
		r.coded += n
		k := utf8.RuneCountInString(s.text)
		if k >= 20 && k <= 60 {
			r.chatRaw += len(s.text)
			r.chat += n
		}
		if k >= 10 && k <= 30 {
			r.few++
			r.fewBytes += n
		}
	}
	var b strings.Builder
	fmt.Fprintln(&b, "| texts | number | bytes | coded | | of 20–60 characters | mean bytes of 10–30 characters |\n|---|---|---|---|---|---|---|")
	for _, k := range slices.Sorted(maps.Keys(rows)) {
		r := rows[k]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %.1f %% | %.1f %% | %.1f |\n", k, r.n, r.raw, r.coded, 100*float64(r.coded)/float64(r.raw),
			100*float64(r.chat)/float64(r.chatRaw), float64(r.fewBytes)/float64(max(1, r.few)))
	}
	t.Log("\n" + b.String())
	for k, most := range limits {
		if r := rows[k]; r == nil || 100*r.coded > most*r.raw {
			t.Errorf("%s is above %d %%: %+v", k, most, r)
		}
	}
}

// limits are what the sets have to stay below, in percent.
var limits = map[string]int{
	"bodies en": 38, "bodies zh": 45, "bodies ru": 45, "bodies uk": 45, "bodies emoji": 45,
	"heldout ar": 45, "heldout de": 45, "heldout en": 38, "heldout es": 45, "heldout fr": 45, "heldout hi": 45, "heldout ja": 45, "heldout ko": 45,
	"heldout pt": 45, "heldout ru": 45, "heldout uk": 45, "heldout zh": 45, "heldout zh-Hant": 45, "heldout emoji": 45,
}

func TestAllocatesNothing(t *testing.T) {
	buf := make([]byte, 0, 1000)
	s := []byte("no allocation, ни одной, 一个也没有 \U00100001")
	var e coder.Encoder
	var d coder.Decoder
	if n := testing.AllocsPerRun(100, func() {
		e.Begin(buf[:0])
		Append(&e, new(Scratch), s)
		p := e.End()
		d.Begin(p)
		Read(&d, new(Scratch), buf[500:500], 100)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkUnpack(b *testing.B) {
	for b.Loop() {
		unpack(packed)
	}
}

// The texts of the benchmarks, one after the other, so that the caches see as much of the model as they would.
func BenchmarkText(b *testing.B) {
	for _, lang := range []string{"en", "zh", "ru", "emoji"} {
		var texts, codes [][]byte
		n := 0
		for _, s := range samples() {
			if s.set == "bodies" && s.lang == lang {
				texts = append(texts, []byte(s.text))
				codes = append(codes, encode(s.text))
				n += len(s.text)
			}
		}
		buf := make([]byte, 0, 1<<16)
		perByte := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/byte")
			b.ReportMetric(0, "ns/op")
		}
		b.Run("append/"+lang, func(b *testing.B) {
			var e coder.Encoder
			for b.Loop() {
				for _, s := range texts {
					e.Begin(buf[:0])
					Append(&e, new(Scratch), s)
					e.End()
				}
			}
			perByte(b)
		})
		b.Run("read/"+lang, func(b *testing.B) {
			var d coder.Decoder
			for b.Loop() {
				for _, s := range codes {
					d.Begin(s)
					if _, err := Read(&d, new(Scratch), buf, 1<<16); err != nil {
						b.Fatal(err)
					}
				}
			}
			perByte(b)
		})
	}
}
