package pack_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// item is an item of the literal coding, and which way it goes.
type item struct {
	up bool
	b  []byte
}

var secret = archiveid.Secret([]byte("the secret of servers in a test."))

func archiveID(account string, seq uint64) string {
	k := secret.Key([]byte(account))
	return string(k.Append(nil, seq))
}

const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>"

// itemsOf returns the items of stanzas.
func itemsOf(t testing.TB, stanzas []corpus.Stanza) (all []item) {
	t.Helper()
	d, s := xmltext.NewDecoder(nil), new(codec.Scratch)
	if _, ev, err := d.Decode([]byte(header), s); ev != codec.EventOpen {
		t.Fatal(ev, err)
	}
	all = append(all, item{true, compact.Encoder{}.AppendOpen(nil, s.Tree.Root())}, item{false, compact.Encoder{}.AppendOpen(nil, s.Tree.Root())})
	for _, z := range stanzas {
		if _, ev, err := d.Decode(z.XML, s); ev != codec.EventElement {
			t.Fatalf("%s: %v %v", z.XML, ev, err)
		}
		all = append(all, item{z.Up, compact.Encoder{}.AppendElement(nil, s.Tree.Root())})
	}
	return all
}

// sessions returns the items of n sessions.
func sessions(t testing.TB, seed uint64, n int) (all [][]item) {
	for _, s := range corpus.Sessions(seed, n, 300, archiveID, nil) {
		k := secret.Key([]byte(s.Account))
		keys := []item{{false, pack.AppendKey(nil, &k)}}
		for _, room := range s.Rooms {
			k := secret.Key([]byte(room))
			keys = append(keys, item{false, pack.AppendRoomKey(nil, []byte(room), &k)})
		}
		all = append(all, append(keys, itemsOf(t, s.Stanzas)...))
	}
	return all
}

// examples returns the examples of the XEPs, the first of which goes up or down.
func examples(t testing.TB, up bool) []item {
	var all []corpus.Stanza
	for i, x := range corpus.Examples(1, 2_500_000).Stanzas() {
		all = append(all, corpus.Stanza{Up: up == (i%2 == 0), XML: x})
	}
	return itemsOf(t, all)
}

// road carries frames between the two ends of a link.
type road struct {
	client, server *pack.Session
	enc            pack.Encoder
	dec            pack.Decoder
	frame, got     []byte
}

func newRoad() *road {
	return &road{client: pack.NewSession(true, "example.org"), server: pack.NewSession(false, "example.org")}
}

// frame packs items that go one way.
func (r *road) pack(up bool, items []item) []byte {
	from := r.server
	if up {
		from = r.client
	}
	r.enc.Begin(r.frame[:0], from)
	for _, i := range items {
		if n := r.enc.Item(i.b); n != len(i.b) {
			panic(fmt.Sprintf("%d of %d bytes", n, len(i.b)))
		}
	}
	r.frame = r.enc.End()
	return r.frame
}

// unpack unpacks a frame at the other end.
func (r *road) unpack(up bool, frame []byte, most int) (_ []byte, err error) {
	to := r.client
	if up {
		to = r.server
	}
	r.got, err = r.dec.Decode(r.got[:0], frame, to, most)
	return r.got, err
}

// send carries items that go one way in one frame, and wants them to come as they were.
func (r *road) send(t *testing.T, up bool, items []item) {
	t.Helper()
	var want []byte
	for _, i := range items {
		want = append(want, i.b...)
	}
	frame := r.pack(up, items)
	got, err := r.unpack(up, frame, len(want)+10)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%x\nbecame %x, %v;\nframe %x", want, got, err, frame)
	}
}

// runs cuts items into runs that go the same way, of random lengths.
func runs(r *rand.Rand, all []item, each func(up bool, items []item)) {
	for len(all) > 0 {
		n, most := 1, 1+r.IntN(6)
		for n < len(all) && n < most && all[n].up == all[0].up {
			n++
		}
		each(all[0].up, all[:n])
		all = all[n:]
	}
}

// What goes the one way is packed while frames are under way the other way: the two ends are never in the same state, and what is read is what was written all the same. An echo sends all
// that goes up down again as soon as it has come.
func TestFramesUnderWay(t *testing.T) {
	n, seeds := 20, uint64(3)
	if testing.Short() {
		n, seeds = 2, 1
	}
	all := append(sessions(t, 11, n), examples(t, true), examples(t, false))
	for _, echo := range []bool{false, true} {
		for seed := range seeds {
			for i, items := range all {
				r := rand.New(rand.NewPCG(seed, uint64(i)))
				w := &ways{t: t, r: r, road: newRoad(), most: r.IntN(400), echo: echo, what: fmt.Sprintf("echo %v, seed %d, session %d", echo, seed, i)}
				runs(r, items, func(up bool, items []item) { w.send(up || echo, items) })
				w.most = 0
				w.arrive()
			}
		}
	}
}

// ways is a road whose frames take their time.
type ways struct {
	t        *testing.T
	r        *rand.Rand
	road     *road
	most     int // frames under way, each way
	echo     bool
	what     string
	up, down []letter
}

// letter is a frame under way.
type letter struct {
	items       []item
	frame, want []byte
}

func (w *ways) send(up bool, items []item) {
	l := letter{items: items, frame: bytes.Clone(w.road.pack(up, items))}
	for _, i := range items {
		l.want = append(l.want, i.b...)
	}
	if up {
		w.up = append(w.up, l)
	} else {
		w.down = append(w.down, l)
	}
	w.arrive()
}

// arrive lets some of the frames arrive, all of them when none may be under way.
func (w *ways) arrive() {
	for len(w.up) > 0 && (len(w.up) > w.most || w.r.IntN(3) == 0) {
		l := w.up[0]
		w.up = w.up[1:]
		w.read(true, l)
		if w.echo {
			w.send(false, l.items)
		}
	}
	for len(w.down) > 0 && (len(w.down) > w.most || w.r.IntN(3) == 0) {
		l := w.down[0]
		w.down = w.down[1:]
		w.read(false, l)
	}
}

func (w *ways) read(up bool, l letter) {
	w.t.Helper()
	got, err := w.road.unpack(up, l.frame, len(l.want)+10)
	if err != nil || !bytes.Equal(got, l.want) {
		w.t.Fatalf("%s: %x\nbecame %x, %v;\nframe %x", w.what, l.want, got, err, l.frame)
	}
}

// What users do comes as it was, byte for byte.
func TestSessions(t *testing.T) {
	for i, all := range sessions(t, 7, 40) {
		road := newRoad()
		runs(rand.New(rand.NewPCG(1, uint64(i))), all, func(up bool, items []item) { road.send(t, up, items) })
	}
}

// All examples of all XEPs come as they were, in both directions.
func TestExamples(t *testing.T) {
	for _, up := range []bool{true, false} {
		road := newRoad()
		runs(rand.New(rand.NewPCG(1, 1)), examples(t, up), func(up bool, items []item) { road.send(t, up, items) })
	}
}

// What is no item, and what is written as package compact would not write it, comes as it was.
func TestIrregular(t *testing.T) {
	road := newRoad()
	for _, b := range []string{
		"", "\x00", "hello\n", "\x01\x07", "\x01\x03", "\x02\x03\x03", "\x03\x01\x80\x01", "\x04\x01\x82\x01\x00", "\x05\x01\x82\xC1a\x00", "\x05\x01\x82\xC0\x00\x00",
		"\x04\x01\x82\x00\x00", "\x05\x01\x82\x01\x01\x00", "\x06\x01\x82\x01\x01\xC0\x00", "\x08\x01\x82\x01\x01\xC1a\x01\xC1", "\x05\x01\x82\xBF\xFF\x00", "\x04\x02\x80\x01\x00",
		"\x08\x01\x82\x01\x01\xC2\xC3(\x00", "\x08\x01\x82\x01\x01\xC2a\x00\x00", "\x09\x01\x82\x01\x01\xC3\xEF\xBF\xBF\x00", "\x04\x01\x86\x01\x00", "\x80\x00\x01", "\xFF\xFF\xFF\xFF\xFF",
		"\x06\x02\x82\x01\x80\x01\x00", "\x05\x02\x84\x01\xC1a",
	} {
		road.send(t, true, []item{{true, []byte(b)}})
		road.send(t, false, []item{{false, []byte(b)}})
	}
	// deeper than any stanza
	deep := bytes.Repeat([]byte{0x82, 0x01}, 200)
	deep = append(append([]byte{0x01}, deep...), make([]byte, 200)...)
	road.send(t, true, []item{{true, compact.AppendStored(nil, deep)}})
}

// Items in which a few bytes are others come as they are, regular or not.
func TestChangedItems(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, all := range [][]item{sessions(t, 9, 1)[0], examples(t, true)[:2000]} {
		road := newRoad()
		for _, i := range all {
			b := bytes.Clone(i.b)
			for range 1 + r.IntN(2) {
				at := r.IntN(len(b))
				switch r.IntN(4) {
				case 0:
					b[at] ^= 1 << r.IntN(8)
				case 1:
					b[at] = byte(r.Uint32())
				case 2:
					b = append(b[:at], b[min(at+1+r.IntN(3), len(b)):]...)
				case 3:
					b = append(b[:at:at], append([]byte{byte(r.Uint32())}, b[at:]...)...)
				}
				if len(b) == 0 {
					break
				}
			}
			for len(b) > 0 { // what follows an item in b is an item of its own
				n := road.packOne(i.up, b)
				if got, err := road.unpack(i.up, road.frame, n+10); err != nil || !bytes.Equal(got, b[:n]) {
					t.Fatalf("%x\nbecame %x, %v", b[:n], got, err)
				}
				b = b[n:]
			}
		}
	}
}

// packOne packs the first item of b and returns its length.
func (r *road) packOne(up bool, b []byte) int {
	from := r.server
	if up {
		from = r.client
	}
	r.enc.Begin(r.frame[:0], from)
	n := r.enc.Item(b)
	r.frame = r.enc.End()
	return n
}

// Any bytes are an error, or items within the bound, and cost little.
func TestAnyBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	all := sessions(t, 9, 1)[0]
	for range 3000 {
		road := newRoad()
		for _, i := range all[:r.IntN(40)] {
			road.send(t, i.up, []item{i})
		}
		for range 5 {
			frame := make([]byte, r.IntN(200))
			for i := range frame {
				frame[i] = byte(r.Uint32())
			}
			if got, err := road.unpack(r.IntN(2) == 0, frame, 4000); len(got) > 4000 {
				t.Fatalf("%x becomes %d bytes, %v", frame, len(got), err)
			}
		}
	}
}

// A frame that was changed is an error, or other items; nothing worse, and the session goes on as if it had been so.
func TestChangedFrames(t *testing.T) {
	all := sessions(t, 9, 2)
	r := rand.New(rand.NewPCG(4, 4))
	for range 300 {
		road := newRoad()
		for _, i := range all[r.IntN(2)] {
			frame := bytes.Clone(road.pack(i.up, []item{i}))
			switch r.IntN(20) {
			case 0:
				frame[r.IntN(len(frame))] ^= 1 << r.IntN(8)
			case 1:
				frame = frame[:r.IntN(len(frame))]
			case 2:
				frame = append(frame, byte(r.Uint32()))
			}
			road.unpack(i.up, frame, 1<<16)
		}
	}
}

// A frame that would become more than it may is refused.
func TestTooLong(t *testing.T) {
	all := examples(t, true)
	for _, most := range []int{0, 1, 100, 1000} {
		road := newRoad()
		for _, i := range all[:200] {
			frame := road.pack(i.up, []item{i})
			got, err := road.unpack(i.up, frame, most)
			switch fits := len(i.b) <= most; {
			case fits && (err != nil || !bytes.Equal(got, i.b)):
				t.Fatalf("%x, of %d bytes: %v", i.b, most, err)
			case !fits && (err == nil || len(got) > most):
				t.Fatalf("%d bytes of %d: %v", len(i.b), most, err)
			case !fits:
				road = newRoad()
			}
		}
	}
}

// FuzzDecode takes anything for frames of a session that has begun.
func FuzzDecode(f *testing.F) {
	all := sessions(f, 13, 1)[0][:60]
	road := newRoad()
	for _, i := range all {
		f.Add(i.up, bytes.Clone(road.pack(i.up, []item{i})))
		road.unpack(i.up, road.frame, 1<<20)
	}
	f.Fuzz(func(t *testing.T, up bool, frame []byte) {
		road := newRoad()
		for _, i := range all {
			road.unpack(i.up, road.pack(i.up, []item{i}), 1<<20)
		}
		if got, _ := road.unpack(up, frame, 5000); len(got) > 5000 {
			t.Fatalf("%d bytes", len(got))
		}
	})
}

// FuzzItem packs anything for the items of a session that has begun, and wants it back.
func FuzzItem(f *testing.F) {
	all := sessions(f, 13, 1)[0][:60]
	for _, i := range all {
		f.Add(i.up, i.b)
	}
	for _, i := range examples(f, true)[:200] {
		f.Add(i.up, i.b)
	}
	f.Fuzz(func(t *testing.T, up bool, b []byte) {
		road := newRoad()
		for _, i := range all[:20] {
			road.unpack(i.up, road.pack(i.up, []item{i}), 1<<20)
		}
		for len(b) > 0 {
			n := road.packOne(up, b)
			if got, err := road.unpack(up, road.frame, n+10); err != nil || !bytes.Equal(got, b[:n]) {
				t.Fatalf("%x\nbecame %x, %v", b[:n], got, err)
			}
			b = b[n:]
		}
	})
}

// What a server keeps for a link is small: 2 KiB on the average of whole sessions.
func TestTablesAreSmall(t *testing.T) {
	all, sum := sessions(t, 7, 40), 0
	for _, s := range all {
		road := newRoad()
		for _, i := range s {
			road.send(t, i.up, []item{i})
		}
		sum += road.server.Size()
	}
	if mean := sum / len(all); mean > 2048 {
		t.Errorf("%d bytes", mean)
	}
}
