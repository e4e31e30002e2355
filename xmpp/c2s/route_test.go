package c2s_test

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// end is one connection without a socket: bytes in, machine, bytes out. Mail waits in a channel.
type end struct {
	machine stream.Machine
	decoder codec.Decoder
	scratch codec.Scratch
	in      stream.Input
	out     stream.Output
	mail    chan stream.Mail
	gone    atomic.Bool // the connection is: no mail comes
}

func (e *end) Post(m stream.Mail) bool {
	if e.gone.Load() {
		if m.Frame != nil {
			m.Frame.Release()
		}
		return false
	}
	e.mail <- m
	return true
}

func (e *end) step(in stream.Input) []byte {
	e.out.Reset()
	e.in = in
	e.in.Now = now
	e.machine.Step(&e.in, &e.out)
	if jobs := slices.Clone(e.out.Jobs); len(jobs) > 0 { // a shell would not wait; nothing here needs it to
		buf := slices.Clone(e.out.Buf)
		for _, job := range jobs {
			buf = append(buf, e.step(stream.Input{Kind: stream.Result, Result: job()})...)
		}
		e.out.Buf = append(e.out.Buf[:0], buf...)
	}
	return e.out.Buf
}

// feed decodes one element and steps the machine with it.
func (e *end) feed(b []byte) []byte {
	_, ev, err := e.decoder.Decode(b, &e.scratch)
	if err != nil || ev != codec.EventElement {
		panic(fmt.Sprint(ev, err))
	}
	return e.step(stream.Input{Kind: stream.Element, Element: e.scratch.Tree.Root()})
}

// deliver steps the machine with the next mail.
func (e *end) deliver() []byte {
	m := <-e.mail
	b := e.step(stream.Input{Kind: stream.Delivery, Mail: m})
	if m.Frame != nil {
		m.Frame.Release()
	}
	return b
}

// world is a server without sockets.
type world struct {
	host *host.Host
	srv  *c2s.Server
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w, _ := newWorldWith(t, im.Options{}, store.Options{})
	return w
}

// newWorldWith is newWorld with options.
func newWorldWith(t testing.TB, o im.Options, disk store.Options) (*world, *im.IM) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := store.OpenMemory(store.NewMemory(), disk)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	h, err := host.New("localhost", router.New(xmltext.Encoder{}, compact.Encoder{}), s, log, now)
	must(t, err)
	o.Parse = func(b []byte, tree *codec.Tree) error { return compact.Parse(b, tree, nil) }
	archives := im.New(h, o)
	for _, name := range []string{"alice", "bob"} {
		must(t, s.Do(t.Context(), func(tx *store.Tx) error {
			return tx.PutAccount(jid.MustParse(name+"@localhost"), store.Account{})
		}))
	}
	return &world{h, &c2s.Server{Hosts: host.Hosts{"localhost": h}, Log: log}}, archives
}

// join returns a session that is bound and available.
func (w *world) join(t testing.TB, full string, encoding codec.Encoding) *end {
	t.Helper()
	e := &end{mail: make(chan stream.Mail, 64)}
	e.decoder, e.out.Encoder = codec.Decoder(xmltext.NewDecoder(&codec.DefaultLimits)), codec.Encoder(xmltext.Encoder{})
	if encoding == codec.Compact {
		e.decoder, e.out.Encoder = compact.NewDecoder(&codec.DefaultLimits), compact.Encoder{}
	}
	e.machine = w.srv.NewBound(w.host, jid.MustParse(full), e, encoding)
	var header codec.Builder
	open := e.out.Encoder.AppendOpen(nil, header.Start(atom.NSStreams, atom.Stream).Element())
	if n, ev, err := e.decoder.Decode(open, &e.scratch); err != nil || ev != codec.EventOpen || n != len(open) {
		t.Fatal(n, ev, err)
	}
	e.feed(e.encode(func(b *codec.Builder) { b.Start(atom.NSClient, atom.Presence) }))
	return e
}

func (e *end) encode(build func(b *codec.Builder)) []byte {
	var b codec.Builder
	build(&b)
	return e.out.Encoder.AppendElement(nil, b.Element())
}

func chat(b *codec.Builder, hint atom.Atom) {
	b.Start(atom.NSClient, atom.Message).Attr(atom.To, "bob@localhost").Attr(atom.Type, "chat").Attr(atom.ID, "9f2c4b7a1d")
	b.Start(atom.NSClient, atom.Body).Text("Shall we meet at the station, half past six?").End()
	b.Start(atom.NSChatStates, atom.Active).End()
	if hint != atom.Unknown {
		b.Start(atom.NSHints, hint).End()
	}
}

var directions = []struct {
	name     string
	from, to codec.Encoding
}{
	{"XML-XML", codec.XML, codec.XML},
	{"XML-compact", codec.XML, codec.Compact},
	{"compact-XML", codec.Compact, codec.XML},
	{"compact-compact", codec.Compact, codec.Compact},
}

// route returns a function that takes one message of alice's from its bytes to bob's bytes.
func route(t testing.TB, from, to codec.Encoding, hint atom.Atom) func() []byte {
	w := newWorld(t)
	alice, bob := w.join(t, "alice@localhost/a", from), w.join(t, "bob@localhost/b", to)
	alice.deliver() // their own presence
	bob.deliver()
	message := alice.encode(func(b *codec.Builder) { chat(b, hint) })
	if hint == atom.NoStore {
		return func() []byte {
			alice.feed(message)
			return bob.deliver()
		}
	}
	return func() []byte {
		alice.feed(message)
		out := bob.deliver()
		alice.deliver() // the commit is done
		return out
	}
}

// BenchmarkRoute is decode, Step, route, Step, encode; "archived" with both archives and the commit between, to a disk in memory.
func BenchmarkRoute(b *testing.B) {
	for _, d := range directions {
		for _, kind := range []struct {
			name string
			hint atom.Atom
		}{{"passing", atom.NoStore}, {"archived", atom.Unknown}} {
			b.Run(d.name+"/"+kind.name, func(b *testing.B) {
				f := route(b, d.from, d.to, kind.hint)
				if len(f()) == 0 {
					b.Fatal("nothing is delivered")
				}
				b.ReportAllocs()
				for b.Loop() {
					f()
				}
			})
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
