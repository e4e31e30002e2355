package compress

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"testing"
)

// TestSmall: what small writes, the standard library reads with the dictionary, for messages of all kinds and lengths.
func TestSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	texts := traffic(11, 500)
	for i := range 600 {
		noise := make([]byte, i%maxRaw)
		for k := range noise {
			noise[k] = byte(r.Uint32() >> (i % 8))
		}
		from := r.IntN(len(Dictionary))
		texts = append(texts, noise, Dictionary[from:min(len(Dictionary), from+i)], append(noise, noise...),
			bytes.Repeat([]byte{byte(i)}, i*3), append(append([]byte{}, Dictionary[:i]...), Dictionary[:i]...))
	}
	s, used := new(small), 0
	for _, text := range texts {
		p, ok := s.deflate(text)
		if !ok {
			continue
		}
		used++
		got, err := io.ReadAll(flate.NewReaderDict(bytes.NewReader(p), Dictionary))
		if err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%q\nbecomes %q, %v", text, got, err)
		}
	}
	if used < 3000 {
		t.Errorf("%d of %d messages are for it", used, len(texts))
	}
}
