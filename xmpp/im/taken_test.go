package im

import (
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

func (f *fixture) cursor(device string) uint64 {
	f.t.Helper()
	seq, err := f.store.Cursor(orchard, device)
	if err != nil {
		f.t.Fatal(err)
	}
	return seq
}

// device binds a session of a device, which begins at the archive's beginning.
func (f *fixture) device(name string) *router.Session {
	f.t.Helper()
	s := &router.Session{JID: jid.MustParse("romeo@example.org/" + name), Mailbox: new(mailbox), Device: name}
	err := f.router.Bind(s)
	if err == nil {
		err = f.store.Do(f.t.Context(), func(tx *store.Tx) error { return tx.SetCursor(orchard, name, 0) })
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// TestForgottenDevices: a device that was forgotten while it had a session leaves no cursor behind, which would hold the archive for ever.
func TestForgottenDevices(t *testing.T) {
	f := newFixture(t, Options{})
	f.append(10)
	phone := f.device("phone")
	has := true
	err := f.store.Do(t.Context(), func(tx *store.Tx) error { return tx.DeleteCursor(orchard, "phone") })
	f.Taken(phone, 5, 0)
	f.moved(phone)
	if err == nil {
		err = f.store.Do(t.Context(), func(tx *store.Tx) (err error) { has, err = tx.HasCursor(orchard, "phone"); return err })
	}
	if err != nil || has || f.cursor("") != 5 {
		t.Errorf("%v %v, the clients are at %d", err, has, f.cursor(""))
	}
}

func TestTakenMovesTheCursors(t *testing.T) {
	f := newFixture(t, Options{})
	f.append(10)
	plain := f.bind(orchard, new(mailbox), 0)
	phone := f.device("phone")
	steps := []struct {
		who            *router.Session
		done, pending  uint64
		phone, clients uint64
	}{
		{plain, 2, 0, 0, 2},
		{phone, 5, 6, 5, 5},
		{plain, 7, 8, 5, 5}, // the phone has 6 not yet
		{phone, 6, 8, 6, 6},
		{phone, 9, 0, 9, 7}, // plain has 8 not yet
		{plain, 10, 0, 9, 10},
		{plain, 10, 0, 9, 10},
	}
	for i, s := range steps {
		f.Taken(s.who, s.done, s.pending)
		f.moved(s.who)
		if got := f.cursor("phone"); got != s.phone {
			t.Errorf("step %d: the phone is at %d, want %d", i, got, s.phone)
		}
		if got := f.cursor(""); got != s.clients {
			t.Errorf("step %d: the clients are at %d, want %d", i, got, s.clients)
		}
	}
}

func TestTakenIsOneOperationAtATime(t *testing.T) {
	f := newFixture(t, Options{})
	f.append(100)
	me := f.bind(orchard, new(mailbox), 0)
	release := f.block()
	before := f.store.Stats().QueueOps
	for seq := uint64(1); seq <= 100; seq++ {
		f.Taken(me, seq, 0)
	}
	if queued := f.store.Stats().QueueOps - before; queued != 1 {
		t.Errorf("%d operations are queued", queued)
	}
	release()
	f.moved(me)
	if got := f.cursor(""); got != 100 {
		t.Errorf("the cursor is at %d", got)
	}
}

// TestWhoComesBackAtOnceGetsNothingTwice: a client ends its session in good order and begins another one while what it has taken is not on disk yet.
func TestWhoComesBackAtOnceGetsNothingTwice(t *testing.T) {
	for _, device := range []string{"", "phone"} {
		f := newFixture(t, Options{})
		f.append(10)
		first := f.bind(orchard, new(mailbox), 0)
		if device != "" {
			first = f.device(device)
		}
		release := f.block()
		f.Taken(first, 7, 0)
		second := &router.Session{JID: jid.MustParse("romeo@example.org/again"), Device: device}
		p, other := f.page(second, host.FromCursor), f.page(&router.Session{JID: second.JID, Device: "another"}, host.FromCursor)
		if p.Start != 7 || len(p.Frames) != 3 || other.Start != 0 {
			t.Errorf("%q: begins behind %d, %d messages; another device behind %d", device, p.Start, len(p.Frames), other.Start)
		}
		p.Release()
		other.Release()
		release()
		f.moved(first)
	}
}

func TestTakenAfterAFullQueue(t *testing.T) {
	f := newFixture(t, Options{})
	f.append(3)
	me := f.bind(orchard, new(mailbox), 0)
	release := f.block()
	for f.store.Submit(op{}) == nil {
	}
	f.Taken(me, 2, 0) // comes to nothing
	release()
	f.moved(me)
	f.Taken(me, 3, 0)
	f.moved(me)
	if got := f.cursor(""); got != 3 {
		t.Errorf("the cursor is at %d", got)
	}
}
