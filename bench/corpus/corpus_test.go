package corpus

import (
	"bytes"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// all returns a small corpus of every kind.
func all(seed uint64) []*Corpus {
	return append(Hostile(60_000), Traffic(seed, 700_000), Examples(seed, 500_000))
}

// Every stream is read to its end under the limits that hold after login, and its ends are where the elements end.
func TestStreamsAreWhole(t *testing.T) {
	for _, c := range all(1) {
		d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
		at := 0
		for i, end := range c.Ends {
			n, ev, err := d.Decode(c.Stream[at:], s)
			want := codec.EventElement
			switch i {
			case 0:
				want = codec.EventOpen
			case len(c.Ends) - 1:
				want = codec.EventClose
			}
			if at += n; err != nil || ev != want || at != end {
				t.Fatalf("%s, part %d: event %d at %d, want %d at %d; %v", c.Name, i, ev, at, want, end, err)
			}
		}
		if at != len(c.Stream) || !utf8.Valid(c.Stream) {
			t.Errorf("%s: %d of %d bytes have been read", c.Name, at, len(c.Stream))
		}
	}
}

func TestSameSeedSameStream(t *testing.T) {
	one, two, other := all(1), all(1), all(2)
	for i := range one {
		if !bytes.Equal(one[i].Stream, two[i].Stream) || !slices.Equal(one[i].Ends, two[i].Ends) {
			t.Errorf("%s is not the same again", one[i].Name)
		}
	}
	for i := len(shapes); i < len(one); i++ {
		if bytes.Equal(one[i].Stream, other[i].Stream) {
			t.Errorf("%s is the same for another seed", one[i].Name)
		}
	}
}

func TestPieces(t *testing.T) {
	for _, c := range all(3) {
		for _, n := range []int{Whole, 64, 16 << 10, 1 << 30} {
			var whole []byte
			pieces := 0
			for p := range c.Pieces(n) {
				if n != Whole && len(p) > n || len(p) == 0 {
					t.Fatalf("%s: a piece of %d bytes, want at most %d", c.Name, len(p), n)
				}
				whole = append(whole, p...)
				pieces++
			}
			if !bytes.Equal(whole, c.Stream) || n == Whole && pieces != c.Elements()+2 {
				t.Errorf("%s in pieces of %d: not the stream", c.Name, n)
			}
		}
		if s := c.Stanzas(); len(s) != c.Elements() || s[0][0] != '<' || !bytes.Equal(bytes.Join(s, nil), c.Stream[c.Ends[0]:c.Ends[len(c.Ends)-2]]) {
			t.Errorf("%s: the stanzas are not the stream without header and end", c.Name)
		}
	}
}

func TestNamed(t *testing.T) {
	for _, name := range Names() {
		got, err := Named(name, 1, 10_000)
		want := 1
		if name == "hostile" {
			want = len(shapes)
		}
		if err != nil || len(got) != want || got[0].Name != name && want == 1 {
			t.Errorf("%s: %d corpora, %v", name, len(got), err)
		}
	}
	for _, name := range []string{"", "trafic", "hostile/", "hostile/none"} {
		if _, err := Named(name, 1, 10_000); err == nil {
			t.Errorf("there is a corpus called %q", name)
		}
	}
}
