package link_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// TestTextsThatPackTooWell: what packs better than a receiver allows is padded, and arrives. It ended the link: the padding was not counted, half of the time there was too little of
// it, and more than a frame of it was written without end.
func TestTextsThatPackTooWell(t *testing.T) {
	c, s := newWorld(t).connect(t, 1<<20)
	desk := new(link.Desk)
	for _, size := range []int{1_000, 65_536, 100_000, 100_016, 4 << 20} {
		for letter := 'a'; letter <= 'z'; letter++ {
			if size > 1<<20 && letter != 'i' {
				continue
			}
			items := messageOf(t, letter, size)
			sealed := c.AppendItems(nil, items, desk)
			whole, got := len(sealed), []byte(nil)
			for len(sealed) > 0 {
				n, some, err := s.OpenItems(sealed, desk)
				if err != nil {
					t.Fatalf("%d times %c, %d bytes in %d: %v", size, letter, len(items), whole, err)
				}
				sealed, got = sealed[n:], append(got, some...)
			}
			if !bytes.Equal(got, items) {
				t.Fatalf("%d times %c: other items", size, letter)
			}
		}
	}
}

// messageOf returns a message that has a letter so many times.
func messageOf(t *testing.T, letter rune, size int) []byte {
	t.Helper()
	scratch := new(codec.Scratch)
	text := "<message><body>" + strings.Repeat(string(letter), size) + "</body></message>"
	if err := (xmltext.Encoder{}).Parse([]byte(text), scratch); err != nil {
		t.Fatal(err)
	}
	return compact.Encoder{}.AppendElement(nil, scratch.Tree.Root())
}

// TestEarlyThatPacksTooWell: it is sent when the link is there, and was refused each time.
func TestEarlyThatPacksTooWell(t *testing.T) {
	w, _ := early(t, 1)
	w.client.Early = append(append([]byte{}, items[:5]...), messageOf(t, 'i', 100_000)...)
	c, s := w.run(1<<20, unchanged)
	if c.err != nil || s.err != nil {
		t.Fatal(c.err, s.err)
	}
	got, err := s.h.Session().EarlyItems(new(link.Desk))
	if err != nil || c.h.EarlyTaken() != (len(got) > 0) {
		t.Fatalf("taken %v, %d bytes, %v", c.h.EarlyTaken(), len(got), err)
	}
	exchangeItems(t, c.h.Session(), s.h.Session())
}
