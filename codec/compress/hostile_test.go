package compress

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
)

// storedBlock is one stored block (RFC 1951 §3.2.4).
func storedBlock(text string, final bool) []byte {
	p := []byte{0}
	if final {
		p[0] = 1
	}
	p = binary.LittleEndian.AppendUint16(p, uint16(len(text)))
	p = binary.LittleEndian.AppendUint16(p, ^uint16(len(text)))
	return append(p, text...)
}

// finished is a stream of zlib that ends with its checksum.
func finished(text string, deflated []byte) []byte {
	p := append([]byte(zlibHeader), deflated...)
	return binary.BigEndian.AppendUint32(p, adler32(1, []byte(text)))
}

// TestEndAtAChunk: a last stored block may end exactly where a chunk does. It made the decoder look for a byte behind the input, and panic.
func TestEndAtAChunk(t *testing.T) {
	for _, n := range []int{chunk - 1, chunk, chunk + 1, 2 * chunk, maxWindow} {
		text := header + "<message><body>" + strings.Repeat("b", n-len(header)-len("<message><body></body></message>")) + "</body></message>"
		block := storedBlock(text, true)
		for method, wire := range map[Method][]byte{Zlib: finished(text, block), Godwit: append(appendLength(nil, len(block)), block...)} {
			for _, size := range []int{61, len(wire) - 4, len(wire)} {
				r := newReader(method)
				for rest := wire; len(rest) > 0; rest = rest[min(size, len(rest)):] {
					if err := r.feed(rest[:min(size, len(rest))], 10); err != nil {
						t.Fatalf("%s, %d bytes in pieces of %d: %v", method, n, size, err)
					}
				}
				if len(r.elements) != 1 || len(r.held) > 0 {
					t.Errorf("%s, %d bytes in pieces of %d: %d elements, %d bytes are left", method, n, size, len(r.elements), len(r.held))
				}
			}
		}
	}
}

// story is what a reader has seen of a stream that came in pieces.
func story(m Method, wire []byte, size, most int) string {
	r := newReader(m)
	defer r.Close()
	r.limits = &Limits{Ratio: 1032, Burst: 1 << 20}
	r.SetLimits(&codec.DefaultLimits)
	var err error
	for rest := wire; err == nil && (len(rest) > 0 || len(r.held) > 0); rest = rest[min(size, len(rest)):] {
		err = r.feed(rest[:min(size, len(rest))], most)
	}
	var e *codec.Error
	if errors.As(err, &e) {
		return fmt.Sprint(r.headers, r.closed, r.elements, e.Condition)
	}
	return fmt.Sprint(r.headers, r.closed, r.elements, err)
}

// TestFaultBehindElements: what comes before a fault is read, wherever the input was cut. It was lost when both came at once.
func TestFaultBehindElements(t *testing.T) {
	text := header + "<presence/><presence/></stream:stream>"
	wrong := finished(text, storedBlock(text, true))
	wrong[len(wrong)-1] ^= 1
	for name, c := range map[string]struct {
		method Method
		wire   []byte
	}{
		"a wrong checksum":         {Zlib, wrong},
		"a line break at the end":  {Zlib, append(finished(text, storedBlock(text, true)), '\n')},
		"a reserved block":         {Zlib, append([]byte(zlibHeader), append(storedBlock(text, false), 7)...)},
		"a message without an end": {Godwit, append(appendLength(nil, len(text)+5), storedBlock(text, false)...)},
	} {
		for _, size := range []int{1, 10, len(c.wire)} {
			for _, most := range []int{1, 100} {
				if got := story(c.method, c.wire, size, most); !strings.HasPrefix(got, "1 true [<presence/> <presence/>] processing-failed") {
					t.Errorf("%s, in pieces of %d, %d events at once: %s", name, size, most, got)
				}
			}
		}
	}
}

// emptyBlock writes a dynamic block of nothing, with a code for its own end only.
func emptyBlock(s *small, final uint64) {
	s.put(0b100|final, 3)
	s.put(0, 5)  // 257 lengths
	s.put(0, 5)  // 1 distance
	s.put(14, 4) // 18 lengths of code lengths, up to that of 1
	for _, c := range codeOrder[:18] {
		switch c {
		case 18:
			s.put(1, 3)
		case 0, 1:
			s.put(2, 3)
		default:
			s.put(0, 3)
		}
	}
	s.put(0, 1)      // 18:
	s.put(138-11, 7) // 138 zeros
	s.put(0, 1)      // 18:
	s.put(118-11, 7) // 118 zeros
	s.put(0b11, 2)   // 1: the end of the block
	s.put(0b01, 2)   // 0: no distance
	s.put(0, 1)      // the end of the block
}

// TestOneCode: a block may have a code for nothing but its own end, of one bit, as zlib allows.
func TestOneCode(t *testing.T) {
	var s small
	emptyBlock(&s, 1)
	s.put(0, (8-s.n)&7)
	for _, size := range []int{1, 100} {
		if out, done, err := inflateAll(s.out, nil, size); err != nil || !done || len(out) > 0 {
			t.Errorf("%x: %q, %v, %v", s.out, out, done, err)
		}
	}
}

// TestLongMessages: an element that does not fit into one message goes in several.
func TestLongMessages(t *testing.T) {
	noise := samples()["noise"]
	var body []byte
	for i := range 3 << 20 {
		body = append(body, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[(noise[i%len(noise)]^noise[(i*7+i/len(noise))%len(noise)])&63])
	}
	text := "<message><body>" + string(body) + "</body></message>"
	r := newReader(Godwit)
	r.limits = &Limits{Ratio: 50, Burst: 1 << 24}
	r.SetLimits(&codec.Limits{Bytes: 1 << 24})
	wire := messages(header, text)
	if len(wire) < 1<<21 {
		t.Fatal("the message is short: ", len(wire))
	}
	if err := r.feed(wire, 10); err != nil || len(r.elements) != 1 || r.elements[0] != text {
		t.Error(len(r.elements), err)
	}
}

// FuzzDecoder: what comes of bytes does not depend on where they are cut, nor on how many events are taken at once.
func FuzzDecoder(f *testing.F) {
	text := header + "<presence/><message><body>" + strings.Repeat("b", chunk) + "</body></message></stream:stream>"
	f.Add(finished(text, storedBlock(text, true)), true, uint8(9), uint8(1))
	f.Add(finished(text, deflated([]byte(text), 9, nil)), true, uint8(9), uint8(1))
	f.Add(newOld(1).says(text), true, uint8(0), uint8(2))
	f.Add(messages(header, "<presence/>", text[len(header):]), false, uint8(3), uint8(1))
	f.Add(append(appendLength(nil, len(text)+5), storedBlock(text, true)...), false, uint8(3), uint8(1))
	f.Fuzz(func(t *testing.T, wire []byte, old bool, size, most uint8) {
		m := Godwit
		if old {
			m = Zlib
		}
		want := story(m, slices.Clone(wire), max(1, len(wire)), 1<<20)
		if got := story(m, wire, 1+int(size), 1+int(most)); got != want {
			t.Errorf("in pieces: %.300s\nat once: %.300s", got, want)
		}
	})
}

// TestCodesCount: blocks that give nothing, but whose codes have to be built, count against the peer's rate for what they cost.
func TestCodesCount(t *testing.T) {
	var s small
	for range 800 {
		emptyBlock(&s, 0)
	}
	emptyBlock(&s, 1)
	s.put(0, (8-s.n)&7)
	message := append(appendLength(nil, len(s.out)), s.out...)
	for method, wire := range map[Method][]byte{Zlib: finished("", s.out), Godwit: append(message, message...)} {
		want := 801 * codeWeight
		if method == Godwit {
			want *= 2
		}
		for _, size := range []int{1, 100, len(wire)} {
			r := newReader(method)
			for rest := wire; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				if err := r.feed(rest[:min(size, len(rest))], 1); err != nil {
					t.Fatal(err)
				}
			}
			if r.plain != want {
				t.Errorf("%s, pieces of %d: %d bytes count as %d, want %d", method, size, len(wire), r.plain, want)
			}
		}
	}
}
