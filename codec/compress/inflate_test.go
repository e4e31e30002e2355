package compress

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	kflate "github.com/klauspost/compress/flate"
)

// inflateAll decompresses a raw deflate stream that comes in pieces of at most that size. rest is what was left when it ended.
func inflateAll(p []byte, dict []byte, size int) (out []byte, done bool, err error) {
	var f inflater
	f.reset(dict)
	defer f.reset(nil)
	for {
		n, got, more, err := f.run(p[:min(size, len(p))])
		out, p = append(out, got...), p[n:]
		if err != nil || f.state == ended || len(p) == 0 && !more {
			return out, f.state == ended, err
		}
	}
}

// samples are texts of all kinds.
func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	return map[string][]byte{
		"empty": {}, "one": []byte("a"), "zeros": make([]byte, 200_000), "noise": noise,
		"stanzas": bytes.Join(traffic(3, 600), nil),
		"far":     append(append([]byte("the beginning"), noise[:maxWindow-13]...), "the beginning"...),
		"repeat":  []byte(strings.Repeat(strings.Repeat("abc", 50)+"\n", 700)),
	}
}

// TestInflate reads what other compressors write, in pieces of every small size.
func TestInflate(t *testing.T) {
	t.Parallel()
	for name, text := range samples() {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, 1, 6, 9} {
			for which, compressed := range map[string][]byte{"stdlib": deflated(text, level, nil), "klauspost": kdeflated(text, level)} {
				for _, size := range pieces(7, 4096, 1<<20) {
					got, done, err := inflateAll(compressed, nil, size)
					if err != nil || !done || !bytes.Equal(got, text) {
						t.Errorf("%s, %s level %d, pieces of %d: %d bytes of %d, %v, %v", name, which, level, size, len(got), len(text), done, err)
					}
				}
			}
		}
	}
}

// TestInflateDictionary reads streams with a dictionary, whose matches reach into it.
func TestInflateDictionary(t *testing.T) {
	for name, text := range samples() {
		compressed := deflated(text, 9, Dictionary)
		for _, size := range []int{1, 1 << 20} {
			if got, done, err := inflateAll(compressed, Dictionary, size); err != nil || !done || !bytes.Equal(got, text) {
				t.Errorf("%s, pieces of %d: %d bytes of %d, %v, %v", name, size, len(got), len(text), done, err)
			}
		}
	}
}

// deflated compresses with the standard library, with flushes here and there.
func deflated(text []byte, level int, dict []byte) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriterDict(&b, level, dict)
	if err != nil {
		panic(err)
	}
	for len(text) > 0 {
		n := min(len(text), 10_001)
		w.Write(text[:n])
		w.Flush()
		text = text[n:]
	}
	w.Close()
	return b.Bytes()
}

func kdeflated(text []byte, level int) []byte {
	var b bytes.Buffer
	w, err := kflate.NewWriter(&b, level)
	if err != nil {
		panic(err)
	}
	w.Write(text)
	w.Close()
	return b.Bytes()
}

// TestInflateAgainstStdlib changes bytes of good streams: we and the standard library must see the same in them, or both a fault. What either gives
// before the fault may differ in length, not in content.
func TestInflateAgainstStdlib(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	var faults, good int
	texts := samples()
	rounds := 4_000
	if testing.Short() {
		rounds = 400
	}
	for range rounds {
		text := texts["stanzas"][:200+r.IntN(3000)]
		p := deflated(text, r.IntN(11)-1, nil)
		for range r.IntN(4) {
			p[r.IntN(len(p))] ^= 1 << r.IntN(8)
		}
		p = p[:len(p)-r.IntN(2)*r.IntN(len(p))]
		want, wantErr := io.ReadAll(flate.NewReader(bytes.NewReader(p)))
		got, done, err := inflateAll(p, nil, 1+r.IntN(300))
		if (err == nil && done) != (wantErr == nil) {
			t.Fatalf("%x: we say %v, %v, the standard library %v", p, done, err, wantErr)
		}
		if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) || wantErr == nil && len(got) != len(want) {
			t.Fatalf("%x: %d bytes, the standard library has others, %d", p, len(got), len(want))
		}
		if wantErr != nil {
			faults++
		} else {
			good++
		}
	}
	if faults < 100 || good < 100 {
		t.Errorf("%d faults and %d good streams: the test tests little", faults, good)
	}
}

func FuzzInflate(f *testing.F) {
	for _, text := range samples() {
		f.Add(deflated(text[:min(len(text), 3000)], 6, nil), uint8(3))
	}
	f.Fuzz(func(t *testing.T, p []byte, size uint8) {
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(p)), 1<<20))
		if len(want) == 1<<20 {
			return
		}
		got, done, err := inflateAll(p, nil, 1+int(size))
		if (err == nil && done) != (wantErr == nil) || wantErr == nil && !bytes.Equal(got, want) {
			t.Errorf("we: %d bytes, %v, %v; the standard library: %d bytes, %v", len(got), done, err, len(want), wantErr)
		}
	})
}
