//go:build !race

// The race detector makes sync.Pool forget at random, so these tests run without it.

package im

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// counter is a mailbox that only says what has come.
type counter chan struct{}

func (c counter) Post(m stream.Mail) bool {
	if m.Frame != nil {
		m.Frame.Release()
	}
	if done, ok := m.Note.(host.Done); ok {
		done.Settle()
	}
	c <- struct{}{}
	return true
}

func TestMessageThatIsNotKeptAllocatesNothing(t *testing.T) {
	f := newFixture(t, Options{})
	box := make(counter, 16)
	me := f.bind(orchard, box, -1)
	f.bind(balcony, box, 0)
	e := stanzaOf(t, "<message from='romeo@example.org/orchard' to='juliet@example.org' type='headline'><body>hark</body></message>")
	s := f.sender(me)
	allocs := testing.AllocsPerRun(500, func() {
		if f.Message(s, e, balcony.Bare()) {
			t.Fatal("taken for commit")
		}
		<-box
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// baseline is the least that a store needs to do for a message.
type baseline struct {
	f     *fixture
	entry store.Entry
	done  counter
}

func (b *baseline) Apply(tx *store.Tx) error {
	if _, _, err := tx.Account(balcony); err != nil {
		return err
	}
	e := b.entry
	e.Account, e.With = balcony.Bare(), orchard
	if _, _, err := tx.Append(e); err != nil {
		return err
	}
	e.Account, e.With, e.Outgoing = orchard.Bare(), balcony.Bare(), true
	_, _, err := tx.Append(e)
	return err
}

func (b *baseline) Committed(error) { b.done <- struct{}{} }

// TestMessageAllocatesWhatTheStoreDoes compares a message from the sender's Step to the receiver's mailbox and back with
// the same two entries appended by the plainest operation.
func TestMessageAllocatesWhatTheStoreDoes(t *testing.T) {
	f := newFixture(t, Options{})
	box := make(counter, 16)
	me := f.bind(orchard, box, -1)
	f.bind(balcony, box, 0)
	e := stanzaOf(t, chat)
	s := f.sender(me)
	send := func() {
		if !f.Message(s, e, balcony.Bare()) {
			t.Fatal("not taken for commit")
		}
		<-box // the frame
		<-box // the Done
	}
	stored, _ := f.router.Encoders[codec.Compact].AppendSplit(nil, e)
	b := &baseline{f: f, done: box, entry: store.Entry{From: orchard, Time: noon, Stanza: stored}}
	base := func() {
		if err := f.store.Submit(b); err != nil {
			t.Fatal(err)
		}
		<-box
	}
	for range 100 { // pools fill, buffers grow
		send()
		base()
	}
	with, without := testing.AllocsPerRun(2_000, send), testing.AllocsPerRun(2_000, base)
	t.Logf("%v allocations, of which the store's are %v", with, without)
	if with > without {
		t.Errorf("%v allocations, the store's are %v", with, without)
	}
}

func TestTakenAllocatesWhatTheStoreDoes(t *testing.T) {
	f := newFixture(t, Options{})
	box := make(counter, 16)
	me := f.bind(orchard, box, 0)
	f.append(5_000)
	seq := uint64(0)
	take := func() {
		seq++
		f.Taken(me, seq, 0)
		f.moved(me)
	}
	set := func() {
		seq++
		f.do(func(tx *store.Tx) error { return tx.SetCursor(orchard, "", seq) })
	}
	take()
	with, without := testing.AllocsPerRun(1_000, take), testing.AllocsPerRun(1_000, set)
	t.Logf("%v allocations, a plain operation's are %v", with, without)
	if with > without {
		t.Errorf("%v allocations, a plain operation's are %v", with, without)
	}
}

// BenchmarkMessage sends storable messages, many of which are on their way at a time, from the sender's Step to the receiver's mailbox.
func BenchmarkMessage(b *testing.B) {
	f := newFixture(b, Options{})
	box := make(counter, 4_096)
	me := f.bind(orchard, box, -1)
	f.bind(balcony, box, 0)
	e, s := stanzaOf(b, chat), f.sender(me)
	b.ReportAllocs()
	sent, heard := 0, 0
	for b.Loop() {
		for sent-heard/2 >= 1_024 {
			<-box
			heard++
		}
		if !f.Message(s, e, balcony.Bare()) {
			b.Fatal("not taken for commit")
		}
		sent++
	}
	for ; heard < 2*sent; heard++ {
		<-box
	}
}

func BenchmarkMessageThatIsNotKept(b *testing.B) {
	f := newFixture(b, Options{})
	box := make(counter, 16)
	me := f.bind(orchard, box, -1)
	f.bind(balcony, box, 0)
	e := stanzaOf(b, "<message from='romeo@example.org/orchard' to='juliet@example.org' type='headline'><body>hark</body></message>")
	s := f.sender(me)
	b.ReportAllocs()
	for b.Loop() {
		f.Message(s, e, balcony.Bare())
		<-box
	}
}
