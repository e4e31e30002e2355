package link_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"sort"
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

// TestLimit: a receiver takes what it has said it would, in one frame or in many, and not a byte more.
func TestLimit(t *testing.T) {
	noise := make([]byte, 200_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	for name, items := range map[string][]byte{"packs well": messageOf(t, 'i', 50_000), "four frames": noise} {
		open := func(limit int) (got []byte, err error) {
			c, s := newWorld(t).connect(t, 1<<20)
			desk := &link.Desk{Most: limit}
			for sealed := c.AppendItems(nil, items, desk); len(sealed) > 0; {
				n, some, err := s.OpenItems(sealed, desk)
				if err != nil {
					return nil, err
				}
				sealed, got = sealed[n:], append(got, some...)
			}
			return got, nil
		}
		need := sort.Search(2*len(items), func(n int) bool { _, err := open(n + 1); return err == nil }) + 1
		if need < len(items) || need > len(items)+len(items)/100 {
			t.Errorf("%s: %d bytes need a limit of %d", name, len(items), need)
		}
		if got, err := open(need); err != nil || !bytes.Equal(got, items) {
			t.Errorf("%s: %d of %d bytes at the limit, %v", name, len(got), len(items), err)
		}
		if _, err := open(need - 1); !errors.Is(err, link.ErrTooLong) {
			t.Errorf("%s: one past the limit: %v", name, err)
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
