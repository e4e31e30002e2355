package compress

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
)

const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

// reader reads a compressed stream as a shell does.
type reader struct {
	*Decoder
	scratch  codec.Scratch
	held     []byte // not consumed
	elements []string
	plain    int // all that was decompressed
	headers  int
	closed   bool
}

func newReader(m Method) *reader {
	return &reader{Decoder: NewDecoder(m, xmltext.NewDecoder(nil), xmltext.Encoder{}, &DefaultLimits)}
}

// feed takes bytes from the wire, and stops after most events. It writes over what it has consumed.
func (r *reader) feed(wire []byte, most int) error {
	r.held = append(r.held, wire...)
	for most > 0 && len(r.held) > 0 {
		n, ev, err := r.Decode(r.held, &r.scratch)
		r.plain += r.Plain()
		if err != nil {
			return err
		}
		switch ev {
		case codec.EventElement:
			r.elements = append(r.elements, string(xmltext.Encoder{}.AppendElement(nil, r.scratch.Tree.Root())))
			most--
		case codec.EventOpen:
			r.headers++
			most--
		case codec.EventClose:
			r.closed = true
		}
		clear(r.held[:n])
		r.held = r.held[n:]
		r.Rest()
	}
	return nil
}

// old is a client of old: its window lasts as long as the stream.
type old struct {
	bytes.Buffer
	z *zlib.Writer
}

func newOld(level int) *old {
	c := new(old)
	c.z, _ = zlib.NewWriterLevel(&c.Buffer, level)
	return c
}

// says returns the compressed bytes of a text, up to a flush.
func (c *old) says(text string) []byte {
	io.WriteString(c.z, text)
	c.z.Flush()
	return bytes.Clone(c.Next(c.Len()))
}

// messages compresses texts by the method Godwit.
func messages(texts ...string) (all []byte) {
	for _, text := range texts {
		all = (&Encoder{method: Godwit}).pack(append(all, text...), len(all))
	}
	return all
}

// pieces returns the sizes, and unless -short is set also small ones, which take long under the race detector.
func pieces(sizes ...int) []int {
	if !testing.Short() {
		sizes = append(sizes, 1, 2)
	}
	return sizes
}

// TestDecoder reads a long stream by both methods in pieces of many sizes, one event at a time or all at once.
func TestDecoder(t *testing.T) {
	stanzas := traffic(9, 800) // beyond the window
	for _, method := range []Method{Zlib, Godwit} {
		var all []byte
		client := newOld(6)
		for i, s := range append([][]byte{[]byte(header)}, stanzas...) {
			switch {
			case method == Godwit:
				all = append(all, messages(string(s))...)
			case i%5 == 0: // some flush seldom
				client.z.Write(s)
			default:
				all = append(all, client.says(string(s))...)
			}
		}
		if method == Godwit {
			all = append(all, messages("</stream:stream>")...)
		} else {
			all = append(all, client.says("</stream:stream>")...)
			client.z.Close()
			all = append(all, client.Bytes()...)
		}
		for _, size := range pieces(100, 1400, len(all)) {
			for _, events := range []int{1, 1 << 20} {
				r := newReader(method)
				for rest := all; len(rest) > 0; rest = rest[min(size, len(rest)):] {
					if err := r.feed(rest[:min(size, len(rest))], events); err != nil {
						t.Fatalf("%s, pieces of %d: %v", method, size, err)
					}
				}
				for len(r.held) > 0 {
					if err := r.feed(nil, events); err != nil {
						t.Fatalf("%s, pieces of %d: %v", method, size, err)
					}
				}
				if r.headers != 1 || !r.closed || len(r.elements) != len(stanzas) {
					t.Fatalf("%s, pieces of %d: %d headers, %d elements, %v", method, size, r.headers, len(r.elements), r.closed)
				}
				for i, s := range stanzas {
					if r.elements[i] != string(s) {
						t.Fatalf("%s, pieces of %d: stanza %d is\n%s, want\n%s", method, size, i, r.elements[i], s)
					}
				}
				if method == Godwit && r.inflate.w != nil {
					t.Errorf("between messages there is a window")
				}
			}
		}
	}
}

// TestPartialFlush reads what a client writes that ends its stanzas with a partial flush of zlib: an empty fixed block, at no byte's edge.
func TestPartialFlush(t *testing.T) {
	for _, hex := range partialFlushes {
		r := newReader(Zlib)
		want := 0
		for _, piece := range hex {
			if err := r.feed(unhex(piece), 100); err != nil {
				t.Fatal(err)
			}
			if got := r.headers + len(r.elements); got != want+1 {
				t.Errorf("after %d pieces %d events", want+1, got)
			}
			want++
		}
	}
}

// TestCorrupt: what is no stream of the method is told from a stanza, at once.
func TestCorrupt(t *testing.T) {
	good := newOld(9)
	start := good.says(header)
	finished := newOld(9)
	io.WriteString(finished.z, header)
	finished.z.Close()
	whole := finished.Bytes()
	badSum := bytes.Clone(whole)
	badSum[len(badSum)-1] ^= 1
	message := messages(header)
	longer := append(append(appendLength(nil, int(message[0])+1), message[1:]...), 0)
	shorter := append(appendLength(nil, int(message[0])-1), message[1:]...)
	for name, c := range map[string]struct {
		method Method
		wire   []byte
	}{
		"plain text":                    {Zlib, []byte(header)},
		"plain text behind white space": {Zlib, []byte("\n" + header)},
		"another method of RFC 1950":    {Zlib, []byte{0x77, 0x85}},
		"a window of 64 KiB":            {Zlib, []byte{0x88, 0x1c}},
		"a wrong check of the header":   {Zlib, []byte{0x78, 0x9d}},
		"a preset dictionary":           {Zlib, []byte{0x78, 0xbb}},
		"a second header":               {Zlib, append(start, start...)},
		"a wrong checksum":              {Zlib, badSum},
		"something behind the end":      {Zlib, append(bytes.Clone(whole), 0)},
		"a reserved block":              {Zlib, []byte{0x78, 0x9c, 7}},
		"a distance beyond the window":  {Zlib, append([]byte{0x08, 0x1d}, farther(t)...)},
		"a message of no bytes":         {Godwit, []byte{0}},
		"a length with a zero behind":   {Godwit, []byte{0x81, 0}},
		"a length of four bytes":        {Godwit, []byte{0x81, 0x81, 0x81, 1}},
		"a message that ends too early": {Godwit, longer},
		"a message that does not end":   {Godwit, shorter},
	} {
		for _, size := range []int{1, len(c.wire)} {
			r := newReader(c.method)
			var err error
			for rest := c.wire; len(rest) > 0 && err == nil; rest = rest[min(size, len(rest)):] {
				err = r.feed(rest[:min(size, len(rest))], 100)
			}
			var e *codec.Error
			if !errors.As(err, &e) || e.Condition != atom.ProcessingFailed {
				t.Errorf("%s, pieces of %d: %v", name, size, err)
			}
			if again := r.feed([]byte{0}, 1); again != err {
				t.Errorf("%s: the error is not final: %v", name, again)
			}
		}
	}
}

// farther returns deflate data with a match 300 bytes back, all of it white space but for the header.
func farther(t *testing.T) []byte {
	r := rand.New(rand.NewPCG(1, 1))
	id := make([]byte, 300)
	for i := range id {
		id[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)]
	}
	p := deflated([]byte(strings.TrimSuffix(header, ">")+" id='"+string(id)+"' from='"+string(id)+"'>"), 9, nil)
	if got, done, err := inflateAll(p, nil, 1); err != nil || !done || len(got) < 600 {
		t.Fatal(err)
	}
	return p
}

// TestTruncated: an end in the middle is no error of ours. The stream's footer tells whether all has come.
func TestTruncated(t *testing.T) {
	wire := newOld(9).says(header + "<presence/>")
	for n := range wire {
		if err := newReader(Zlib).feed(wire[:n], 10); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestWhiteSpaceBeforeZlib: some clients end the request for compression with a line break.
func TestWhiteSpaceBeforeZlib(t *testing.T) {
	r := newReader(Zlib)
	if err := r.feed(append([]byte("\r\n \t"), newOld(9).says(header)...), 1); err != nil || r.headers != 1 {
		t.Error(r.headers, err)
	}
}

// partialFlushes are streams by zlib 1.2 at the levels 1, 6 and 9: deflate with Z_PARTIAL_FLUSH after each element.
var partialFlushes = [][]string{
	{
		"7801b2292e294a4dccb582500a15b93979c5b6ea59894949a94556c93999a97925ea1051a8125bf58c9292022b7dfdd4928cd4a20a3d8852bdfca2747d8819c5ea760001",
		"645350945a9c9a979caa6f0710",
		"4070a69d4d71467eb95d627962a58d3e9869a30f53660710",
		"407055fa760001",
	},
	{
		"789cb2292e294a4dccb582500a15b93979c5b6ea59894949a94556c93999a97925ea1051a8125bf58c9292022b7dfdd4928cd4a20a3d8852bdfca2747d888262753b8000",
		"b229284a2d4ecd4b4ed5b70308",
		"2038d3cea63823bfdc2eb13cb1d2461fccb4d187cb0104",
		"1092068000",
	},
	{
		"78dab2292e294a4dccb582500a15b93979c5b6ea59894949a94556c93999a97925ea1051a8125bf58c9292022b7dfdd4928cd4a20a3d8852bdfca2747d888262753b8000",
		"b229284a2d4ecd4b4ed5b70308",
		"2038d3cea63823bfdc2eb13cb1d2461fccb4d187cb0104",
		"1092068000",
	},
}

func unhex(s string) []byte {
	p, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return p
}
