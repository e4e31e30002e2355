package link_test

import (
	"bytes"
	"testing"

	"github.com/godwit-im/godwit/codec/link"
)

// header and tag are what a frame costs besides its length and its items.
const headerAndTag = 1 + 16

func TestFrameSizes(t *testing.T) {
	w := newWorld(t)
	a, b := w.connect(t, 1<<20)
	most := link.MaxFrame - headerAndTag
	for _, c := range []struct{ plain, length, frames int }{
		{0, 1, 1}, {1, 1, 1}, {127 - headerAndTag, 1, 1}, {128 - headerAndTag, 2, 1}, {16383 - headerAndTag, 2, 1}, {16384 - headerAndTag, 3, 1},
		{most, 3, 1}, {most + 1, 3 + 1, 2}, {2*most + 1, 3 + 3 + 1, 3},
	} {
		plain := bytes.Repeat([]byte{7}, c.plain)
		sealed := a.AppendFrames([]byte("before"), plain)[len("before"):]
		if want := c.length + c.frames*headerAndTag + c.plain; len(sealed) != want {
			t.Errorf("%d bytes: sealed as %d, want %d", c.plain, len(sealed), want)
		}
		var got []byte
		for range c.frames {
			n, p, err := b.Open(nil, sealed)
			if err != nil || n == 0 {
				t.Fatal(n, err)
			}
			got, sealed = append(got, p...), sealed[n:]
		}
		if !bytes.Equal(got, plain) || len(sealed) > 0 {
			t.Errorf("%d bytes: opened as %d, %d are left", c.plain, len(got), len(sealed))
		}
	}
}

func TestFrameLengthsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    []byte
		fails bool
	}{
		{"one past the limit, before it is there", []byte{0x81, 0x80, 0x04}, true},
		{"the limit", []byte{0x80, 0x80, 0x04}, false},
		{"not the shortest form", []byte{0xA0, 0x00}, true},
		{"four bytes", []byte{0x80, 0x80, 0x80, 0x01}, true},
		{"shorter than header and tag", []byte{headerAndTag - 1}, true},
		{"header and tag", []byte{headerAndTag}, false},
		{"nothing", nil, false},
		{"half a length", []byte{0x80}, false},
	} {
		_, b := newWorld(t).ik().connect(t, 1<<20)
		if n, plain, err := b.Open(nil, c.in); n != 0 || plain != nil || (err != nil) != c.fails {
			t.Errorf("%s: Open = %d, %q, %v", c.name, n, plain, err)
		}
	}
}

// sealedTwice returns two successive frames, and the session that may open them.
func sealedTwice(t *testing.T) (first, second []byte, b *link.Session) {
	a, b := newWorld(t).ik().connect(t, 1<<20)
	return a.AppendFrames(nil, []byte("one")), a.AppendFrames(nil, []byte("two")), b
}

func TestReplayedFrame(t *testing.T) {
	first, second, b := sealedTwice(t)
	again := bytes.Clone(first)
	if _, _, err := b.Open(nil, first); err != nil {
		t.Fatal(err)
	}
	if n, plain, err := b.Open(nil, again); err == nil {
		t.Errorf("the replay opens: %d, %q", n, plain)
	}
	_ = second
}

func TestReorderedFrame(t *testing.T) {
	_, second, b := sealedTwice(t)
	if n, plain, err := b.Open(nil, second); err == nil {
		t.Errorf("the second opens before the first: %d, %q", n, plain)
	}
}

func TestReflectedFrame(t *testing.T) {
	a, _ := newWorld(t).ik().connect(t, 1<<20)
	if n, plain, err := a.Open(nil, a.AppendFrames(nil, []byte("mine"))); err == nil {
		t.Errorf("an own frame opens: %d, %q", n, plain)
	}
}

// TestEveryCutFrameWaits and TestEveryFlippedFrame leave the session as it was, since frames that fail do not count: one session is enough.
func TestEveryCutFrameWaits(t *testing.T) {
	first, _, b := sealedTwice(t)
	for n := range first {
		if m, plain, err := b.Open(nil, first[:n:n]); m != 0 || plain != nil || err != nil {
			t.Errorf("%d of %d bytes: Open = %d, %q, %v", n, len(first), m, plain, err)
		}
	}
	if n, plain, err := b.Open(nil, first); n != len(first) || string(plain) != "one" || err != nil {
		t.Errorf("whole: Open = %d, %q, %v", n, plain, err)
	}
}

func TestEveryFlippedFrame(t *testing.T) {
	first, _, b := sealedTwice(t)
	for bit := range len(first) * 8 {
		bad := bytes.Clone(first)
		bad[bit/8] ^= 1 << (bit % 8)
		n, plain, err := b.Open(nil, bad)
		if waits := n == 0 && bit < 8; plain != nil || err == nil && !waits {
			t.Errorf("bit %d of byte %d: Open = %d, %q, %v", bit%8, bit/8, n, plain, err)
		}
	}
}

func TestKeepalive(t *testing.T) {
	a, b := newWorld(t).ik().connect(t, 1<<20)
	in := link.AppendKeepalive(nil)
	in = a.AppendFrames(link.AppendKeepalive(in), []byte("x"))
	for range 2 {
		n, plain, err := b.Open(nil, in)
		if n != 1 || plain != nil || err != nil {
			t.Fatalf("keepalive: Open = %d, %q, %v", n, plain, err)
		}
		in = in[n:]
	}
	if n, plain, err := b.Open(nil, in); n != len(in) || string(plain) != "x" || err != nil {
		t.Errorf("frame: Open = %d, %q, %v", n, plain, err)
	}
}

// TestOpenUsesTheRoomGiven opens behind the bytes of dst, which stay.
func TestOpenUsesTheRoomGiven(t *testing.T) {
	first, _, b := sealedTwice(t)
	dst := append(make([]byte, 0, 64), "kept"...)
	was := bytes.Clone(first)
	_, plain, err := b.Open(dst, first)
	if err != nil || string(plain) != "one" || string(dst) != "kept" {
		t.Errorf("Open = %q, %v; dst is %q", plain, err, dst)
	}
	if !bytes.Equal(first, was) {
		t.Error("the input was changed")
	}
	if &plain[0] != &dst[:cap(dst)][len(dst)+1] {
		t.Error("the plaintext is not in the room given")
	}
}

func TestSealingAndOpeningDoNotAllocate(t *testing.T) {
	a, b := newWorld(t).ik().connect(t, 1<<20)
	plain := bytes.Repeat([]byte("item"), 50)
	sealed, opened := make([]byte, 0, 512), make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() {
		sealed = a.AppendFrames(sealed[:0], plain)
		if _, p, err := b.Open(opened, sealed); err != nil || len(p) != len(plain) {
			t.Fatal(err)
		}
		sealed = a.AppendFrames(sealed[:0], plain)
		if _, p, err := b.Open(nil, sealed); err != nil || len(p) != len(plain) {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("sealing and opening allocate %v times", n)
	}
}
