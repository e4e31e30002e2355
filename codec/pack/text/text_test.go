package text

import (
	"bytes"
	"encoding/binary"
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
	Append(&e, []byte(s))
	return e.End()
}

func decode(p []byte, max int) (string, error) {
	var d coder.Decoder
	d.Begin(p)
	s, err := Read(&d, nil, max)
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
		} else if isChar(c) {
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
	Append(&e, []byte("see you"))
	Append(&e, []byte("\U00100001"))
	e.Uniform(77, 9)
	p := e.End()[1:]
	var d coder.Decoder
	d.Begin(p)
	a := d.Uniform(3)
	s, err1 := Read(&d, []byte("y"), 7)
	s, err2 := Read(&d, s, 4)
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
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !isChar(r) }) {
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
		if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !isChar(r) }) {
			checkRound(t, s)
		}
	})
}

// all returns the choices of a list, by seeking them.
func (m *model) all(at int) (all []choice) {
	h := m.head(at)
	for point := uint64(0); point < h.sum(); {
		c := m.seek(at, point)
		point = c.start + c.weight
		all = append(all, c)
	}
	return all
}

// The lists are such that what one has its shorter context has too, what it refuses there is that, and nothing else, and all is found.
func TestModel(t *testing.T) {
	m := shared()
	n := 0
	for at := roomBefore; at < len(m.lists); n++ {
		h := m.head(at)
		all := m.all(at)
		if h.groups() != groups(len(all)) || h.sum() >= total {
			t.Fatalf("list %d has %d choices in %d groups, with %d", at, len(all), h.groups(), h.sum())
		}
		every := n%64 == 0 || !testing.Short() && testing.Verbose() // all take half a minute
		for _, c := range all {
			if found, ok := m.find(at, h, c.symbol); !ok || found != c {
				t.Fatalf("list %d: %+v is found as %+v, %v", at, c, found, ok)
			}
		}
		if _, ok := m.find(at, h, total-1); ok {
			t.Fatalf("list %d has what it has not", at)
		}
		from := at
		at = h.bits(at)
		switch {
		case m.isClass(from) || slices.Contains(m.blocks, from):
		case m.isClass(h.up()):
			for b := range m.blocks {
				if every {
					refused, sum := m.inBlock(from, uint8(b))
					checkRefused(t, m, m.blocks[b], refused, sum, slices.DeleteFunc(slices.Clone(all), func(c choice) bool { return m.block[c.symbol] != uint8(b) }))
				}
			}
			at += spanSize * int(h.refused())
		default:
			if every {
				checkRefused(t, m, h.up(), at, h.refused(), all)
			}
			at += (m.head(h.up()).groups() + 15) / 16
		}
	}
	for _, s := range m.spells[2:] {
		b := binary.LittleEndian.AppendUint64(nil, uint64(s))[:s.size()]
		if !utf8.Valid(b) || strings.ContainsFunc(string(b), func(r rune) bool { return !isChar(r) }) {
			t.Errorf("%q is a symbol", b)
		}
	}
	size := 8*len(m.lists) + 8*len(m.blocks) + 9*len(m.spells) + 2*len(m.page) + 32*len(m.buckets) + 128*len(m.symbols)
	t.Logf("%d bytes in the program, %d in memory: %d symbols, %d lists of %d words", len(packed), size, len(m.spells), n, len(m.lists))
	if len(packed) > 300<<10 || size > 3<<20 || len(m.spells) > total {
		t.Error("too large")
	}
}

// checkRefused checks that of a list those are refused that a longer context has.
func checkRefused(t *testing.T, m *model, at, refused int, sum uint64, longer []choice) {
	t.Helper()
	h := m.head(at)
	for _, c := range m.all(at) {
		found, _ := m.findLeft(at, h, c.symbol, refused)
		if out := slices.ContainsFunc(longer, func(l choice) bool { return l.symbol == c.symbol }); out {
			sum -= c.weight
			if found.weight > 0 {
				t.Fatalf("list %d: %+v is not refused", at, c)
			}
		} else if found.weight != c.weight || m.seekLeft(at, found.start, refused) != found {
			t.Fatalf("list %d: %+v is found as %+v", at, c, found)
		}
	}
	if sum != 0 {
		t.Fatalf("list %d: the sum is wrong by %d", at, int64(sum))
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
		Append(&e, s)
		p := e.End()
		d.Begin(p)
		Read(&d, buf[500:500], 100)
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
					Append(&e, s)
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
					if _, err := Read(&d, buf, 1<<16); err != nil {
						b.Fatal(err)
					}
				}
			}
			perByte(b)
		})
	}
}
