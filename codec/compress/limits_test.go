package compress

import (
	"bytes"
	"compress/zlib"
	"errors"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// bomb is a compressed stream that begins with text and goes on with a megabyte or so of one byte.
func bomb(method Method, text string, filler byte, n int) []byte {
	text += strings.Repeat(string(rune(filler)), n)
	if method == Godwit {
		return append(messages(header), messages(text)...)
	}
	var b bytes.Buffer
	z, _ := zlib.NewWriterLevel(&b, 9)
	z.Write([]byte(header + text))
	z.Flush()
	return b.Bytes()
}

// TestBombs: of a megabyte in a kilobyte only as much is made as a stanza may have, and one chunk.
func TestBombs(t *testing.T) {
	const limit = 50_000
	for _, method := range []Method{Zlib, Godwit} {
		for name, wire := range map[string][]byte{
			"white space between stanzas": bomb(method, "", ' ', 1<<20),
			"white space in a tag":        bomb(method, "<message ", ' ', 1<<20),
			"a body":                      bomb(method, "<message><body>", 'a', 1<<20),
			"a name":                      bomb(method, "<", 'a', 1<<20),
			"zeros":                       bomb(method, "", 0, 1<<20),
			"zeros in a body":             bomb(method, "<message><body>", 0, 1<<20),
		} {
			r := newReader(method)
			r.limits = &Limits{Ratio: 10, Burst: limit}
			r.credit = limit
			r.SetLimits(&codec.Limits{Bytes: limit})
			err := r.feed(wire, 1<<20)
			var e *codec.Error
			zeros := strings.HasPrefix(name, "zeros")
			if want := atom.PolicyViolation; !errors.As(err, &e) || e.Condition != want && !zeros || e.Condition != atom.NotWellFormed && zeros {
				t.Errorf("%s, %s: %v", method, name, err)
			}
			if most := limit + 10*len(wire) + chunk; r.plain > most {
				t.Errorf("%s, %s: %d bytes were made, %d at most are allowed", method, name, r.plain, most)
			}
			r.Close()
		}
	}
}

// TestRatio: exactly so much is allowed.
func TestRatio(t *testing.T) {
	wire := bomb(Zlib, "", ' ', 100_000)
	plain := len(header) + 100_000
	for _, over := range []int{0, 1} {
		r := newReader(Zlib)
		ratio := 10
		burst := plain - ratio*(len(wire)-len(zlibHeader)) - over
		r.limits, r.credit = &Limits{Ratio: ratio, Burst: burst}, burst
		// all that the bytes are good for counts when they come, but no more than the burst is kept
		r.limits.Burst = plain
		if err := r.feed(wire, 1<<20); (err != nil) != (over == 1) {
			t.Errorf("%d bytes over: %v", over, err)
		}
	}
}

// TestStanzaLimit: a stanza of the most bytes passes, one with a byte more does not, however well they are compressed.
func TestStanzaLimit(t *testing.T) {
	const limit = 20_000
	for _, method := range []Method{Zlib, Godwit} {
		for _, over := range []int{0, 1} {
			frame := len("<message><body></body></message>")
			text := "<message><body>" + strings.Repeat("b", limit-frame+over) + "</body></message>"
			r := newReader(method)
			r.SetLimits(&codec.Limits{Bytes: limit})
			wire := append(messages(header), messages(text)...)
			if method == Zlib {
				wire = newOld(9).says(header + text)
			}
			if err := r.feed(wire, 10); (err != nil) != (over == 1) || len(r.elements) != 1-over {
				t.Errorf("%s, %d bytes over: %d elements, %v", method, over, len(r.elements), err)
			}
		}
	}
}
