package im

import (
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

var (
	orchard = jid.MustParse("romeo@example.org/orchard")
	balcony = jid.MustParse("juliet@example.org/balcony")
	noon    = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
)

// chat is a usual message.
const chat = "<message from='romeo@example.org/orchard' to='juliet@example.org' id='m1' type='chat'><body>Art thou not Romeo, and a Montague?</body>" +
	"<request xmlns='urn:xmpp:receipts'/><active xmlns='http://jabber.org/protocol/chatstates'/></message>"

// fixture is an IM on a real store in memory, with the accounts romeo and juliet.
type fixture struct {
	*IM
	t   testing.TB
	out stream.Output
}

func newFixture(t testing.TB, o Options) *fixture {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s, err := store.OpenMemory(store.NewMemory(), store.Options{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h, err := host.New("example.org", router.New(xmltext.Encoder{}, compact.Encoder{}), s, log, noon)
	if err != nil {
		t.Fatal(err)
	}
	o.Parse = func(stored []byte, t *codec.Tree) error { return compact.Parse(stored, t, &codec.Limits{}) }
	f := &fixture{IM: New(h, o), t: t}
	f.out.Encoder = xmltext.Encoder{}
	f.do(func(tx *store.Tx) error { return tx.PutAccount(orchard, store.Account{}) })
	f.do(func(tx *store.Tx) error { return tx.PutAccount(balcony, store.Account{}) })
	return f
}

func (f *fixture) do(apply func(tx *store.Tx) error) {
	f.t.Helper()
	err := f.store.Do(f.t.Context(), apply)
	for errors.Is(err, store.ErrFull) {
		runtime.Gosched()
		err = f.store.Do(f.t.Context(), apply)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// archiveID returns the id of an entry of the account's archive.
func (f *fixture) archiveID(account jid.JID, seq uint64) string {
	key := f.host.ArchiveKey(account)
	return string(key.Append(nil, seq))
}

// committed waits for everything that was submitted.
func (f *fixture) committed() { f.do(func(*store.Tx) error { return nil }) }

// mailbox keeps what is posted: frames as XML, notes as they are.
type mailbox struct {
	mu     sync.Mutex
	frames []string
	ids    []uint64
	notes  []any
	dead   bool
}

func (m *mailbox) Post(mail stream.Mail) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if mail.Frame != nil {
		defer mail.Frame.Release()
	}
	switch {
	case m.dead:
		return false
	case mail.Frame == nil:
		m.notes = append(m.notes, mail.Note)
	default:
		text := ""
		if mail.Frame.Has(codec.XML) {
			text = string(xmltext.Encoder{}.AppendFrame(nil, mail.Frame))
		}
		m.frames, m.ids = append(m.frames, text), append(m.ids, mail.Frame.ID)
	}
	return true
}

// bind binds a session with that mailbox, available with that presence's priority.
func (f *fixture) bind(full jid.JID, box stream.Mailbox, priority int8) *router.Session {
	f.t.Helper()
	s := &router.Session{JID: full, Mailbox: box, Encoding: codec.XML}
	if err := f.router.Bind(s); err != nil {
		f.t.Fatal(err)
	}
	f.router.SetPresence(s, router.Presence{Stanza: []byte{1}, Priority: priority})
	return s
}

// sender returns what a Step would pass on.
func (f *fixture) sender(s *router.Session) *host.Sender {
	f.out.Reset()
	f.out.Encoder = xmltext.Encoder{}
	return &host.Sender{Host: f.host, Session: s, Out: &f.out, Now: noon, Number: 7}
}

// stanza parses one stanza of a client.
func stanzaOf(t testing.TB, text string) codec.Element {
	t.Helper()
	d := xmltext.NewDecoder(&codec.Limits{})
	header := []byte("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>")
	s := new(codec.Scratch)
	if _, _, err := d.Decode(header, s); err != nil {
		t.Fatal(err)
	}
	_, event, err := d.Decode([]byte(text), s)
	if err != nil || event != codec.EventElement {
		t.Fatalf("%s: %v %v", text, event, err)
	}
	return s.Tree.Root()
}

// freshOut returns an output of its own.
func (f *fixture) freshOut() *stream.Output {
	return &stream.Output{Encoder: xmltext.Encoder{}}
}
