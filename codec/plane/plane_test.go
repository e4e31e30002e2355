package plane

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// kernels are those of this machine but for the reference.
func kernels(t *testing.T) (all []Kernel) {
	for _, k := range []Kernel{AVX2, AVX512} {
		if k <= best() {
			all = append(all, k)
		}
	}
	if len(all) == 0 {
		t.Skip("this machine, or this build, has no kernel besides the reference")
	}
	return all
}

// same compares kernel k with the reference on text.
func same(t *testing.T, k Kernel, text []byte) {
	t.Helper()
	var got, want Planes
	for i := range got.Value {
		got.Value[i], got.Text[i] = 0xA5A5, 0xA5A5
	}
	n, m := classify(k, &got, text), reference(&want, text)
	if n != m {
		t.Fatalf("%v classifies %d bytes, the reference %d, of %q", k, n, m, text)
	}
	for i, planes := range [][2]*Plane{{&got.Value, &want.Value}, {&got.Text, &want.Text}} {
		for at := range n + 64 {
			if bit := func(p *Plane) uint64 { return p[at/64] >> (at % 64) & 1 }; bit(planes[0]) != bit(planes[1]) {
				t.Fatalf("%v: plane %d has %d at %d of %d bytes %q", k, i, bit(planes[0]), at, n, text)
			}
		}
	}
}

func TestKernelsAgreeOnEveryByte(t *testing.T) {
	for _, k := range kernels(t) {
		for c := range 256 {
			for _, at := range []int{0, 31, 32, 63, 64, 100, 127} {
				text := make([]byte, 128)
				for i := range text {
					text[i] = 'a'
				}
				text[at] = byte(c)
				for _, end := range []int{at + 1, at + 2, 128} {
					same(t, k, text[:min(end, 128)])
				}
			}
		}
	}
}

// Every sequence of up to four bytes that is special in UTF-8, at every place of a block.
func TestKernelsAgreeOnUTF8(t *testing.T) {
	special := []byte{'a', 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBE, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF}
	text := make([]byte, 140)
	for _, k := range kernels(t) {
		for code := range len(special) * len(special) * len(special) * len(special) {
			for i := range text {
				text[i] = 'a'
			}
			at := 58 + code%9
			for i, c := 0, code; i < 4; i, c = i+1, c/len(special) {
				text[at+i] = special[c%len(special)]
			}
			same(t, k, text[:at+5+code%64])
		}
	}
}

func TestKernelsAgreeOnNoise(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	alphabet := []rune("abcXYZ019-._:<>&'\"]=/ \t\n\r\x00\x1f\x7féß漢字😀\ufffd\uffff\ufffe")
	for range 20_000 {
		var text []byte
		for n := r.IntN(300); len(text) < n; {
			text = utf8.AppendRune(text, alphabet[r.IntN(len(alphabet)-2*r.IntN(2))])
		}
		for n := r.IntN(3) - 1; n > 0 && len(text) > 0; n-- {
			text[r.IntN(len(text))] = byte(r.Uint32())
		}
		from := r.IntN(len(text) + 1)
		for from < len(text) && text[from]&0xC0 == 0x80 {
			from++ // a text begins with a whole character
		}
		if from == len(text) {
			continue
		}
		for _, k := range kernels(t) {
			same(t, k, text[from:])
		}
	}
}

// What lies behind the text must not be read where no memory need be, nor change anything.
func TestClassifyMindsTheEnd(t *testing.T) {
	page := pageBeforeNothing(t)
	for i := range page {
		page[i] = 'a'
	}
	for _, k := range kernels(t) {
		for n := 1; n < 200; n++ {
			same(t, k, page[len(page)-n:])
			same(t, k, page[:n])
		}
	}
}

func TestClassifyLimits(t *testing.T) {
	var p Planes
	if n := p.Classify(nil); n != 0 || p.Value[0]&p.Text[0] != ^uint64(0) {
		t.Errorf("nothing: %d", n)
	}
	for _, k := range append(kernels(t), Reference) {
		before, ok := Use(k)
		if !ok {
			t.Fatalf("%v is not to be had", k)
		}
		if n := p.Classify(make([]byte, Window+1)); n != Window {
			t.Errorf("%v: %d of more than a window", k, n)
		}
		Use(before)
	}
}

func BenchmarkClassify(b *testing.B) {
	ascii := make([]byte, Window)
	for i := range ascii {
		ascii[i] = "<message from='a@b/c'>"[i%22]
	}
	chinese := []byte{}
	for len(chinese)+3 <= Window {
		chinese = append(chinese, "漢"...)
	}
	for _, k := range []Kernel{AVX2, AVX512} {
		if k > best() {
			continue
		}
		for _, c := range []struct {
			name string
			text []byte
		}{{"ascii", ascii}, {"short", ascii[:500]}, {"chinese", chinese}} {
			b.Run(k.String()+"/"+c.name, func(b *testing.B) {
				b.SetBytes(int64(len(c.text)))
				var p Planes
				for b.Loop() {
					classify(k, &p, c.text)
				}
			})
		}
	}
}
