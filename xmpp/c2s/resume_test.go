package c2s_test

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

const enableResume = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"

var (
	idForm = regexp.MustCompile(`<enabled [^>]*id='([^']*)'`)
	hForm  = regexp.MustCompile(`<(?:resumed|failed) [^>]*h='(\d+)'`)
)

// resumableWorld is a world whose streams can be resumed.
func resumableWorld(t testing.TB) *world {
	w := newWorld(t)
	w.srv.Streams = c2s.NewStreams(c2s.StreamsConfig{})
	return w
}

// resumable returns a session of w that is bound, and the id of its stream.
func (w *world) resumable(t testing.TB, full string) (e *end, id string) {
	t.Helper()
	e = w.join(t, full, codec.XML)
	e.deliver() // its presence
	m := idForm.FindStringSubmatch(e.feedAll(enableResume))
	if m == nil {
		t.Fatal("the stream is not resumable")
	}
	return e, m[1]
}

// stream returns the record of a stream.
func (w *world) stream(t testing.TB, account, id string) store.Stream {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(id)
	must(t, err)
	rec, ok, err := w.host.StreamRecord(jid.MustParse(account), store.StreamID(raw))
	if err != nil || !ok {
		t.Fatalf("no record: %v", err)
	}
	return rec
}

// login returns a session that has logged in.
func (w *world) login(t testing.TB, account string) *end {
	t.Helper()
	return w.loginBy(t, account, codec.XML)
}

func (w *world) loginBy(t testing.TB, account string, encoding codec.Encoding) *end {
	t.Helper()
	e := &end{mail: make(chan stream.Mail, 1024)}
	e.decoder, e.out.Encoder = codec.Decoder(xmltext.NewDecoder(&codec.DefaultLimits)), codec.Encoder(xmltext.Encoder{})
	if encoding == codec.Compact {
		e.decoder, e.out.Encoder = compact.NewDecoder(&codec.DefaultLimits), compact.Encoder{}
	}
	e.machine = w.srv.NewLoggedIn(w.host, jid.MustParse(account), e, encoding)
	var header codec.Builder
	open := e.out.Encoder.AppendOpen(nil, header.Start(atom.NSStreams, atom.Stream).Element())
	if _, ev, err := e.decoder.Decode(open, &e.scratch); err != nil || ev != codec.EventOpen {
		t.Fatal(ev, err)
	}
	return e
}

func resumption(id string, h uint32) string {
	return fmt.Sprintf("<resume xmlns='urn:xmpp:sm:3' previd='%s' h='%d'/>", id, h)
}

// handled returns the h of a <resumed/> or <failed/>.
func handled(t testing.TB, out string) string {
	t.Helper()
	m := hForm.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no count: %s", out)
	}
	return m[1]
}

func (w *world) archived(t testing.TB, account string) (n int) {
	t.Helper()
	must(t, w.host.Store.Archive(jid.MustParse(account), 0, 0, func(uint64, store.Entry) bool { n++; return true }))
	return n
}

// TestTakeoverCountsExactly: a session sends while another connection resumes its stream. What the old one has said after that is not handled, and all before it is:
// the count is that of the archive, however the two meet.
func TestTakeoverCountsExactly(t *testing.T) {
	for range 30 {
		w := resumableWorld(t)
		alice, id := w.resumable(t, "alice@localhost/a")
		var wait sync.WaitGroup
		begun := make(chan struct{})
		wait.Go(func() {
			for i := range 60 {
				if i == 20 {
					close(begun)
				}
				alice.feed(message("bob@localhost", fmt.Sprint(i)))
			}
		})
		<-begun
		out := w.login(t, "alice@localhost").feedAll(resumption(id, 0))
		wait.Wait()
		must(t, w.host.Store.Do(t.Context(), func(*store.Tx) error { return nil }))
		if h := handled(t, out); h != fmt.Sprint(w.archived(t, "bob@localhost")) {
			t.Fatalf("h is %s, and %d are archived", h, w.archived(t, "bob@localhost"))
		}
	}
}

// TestResumeWaitsForTheCommit: what the old connection has sent is durable before the new one hears of it.
func TestResumeWaitsForTheCommit(t *testing.T) {
	w := resumableWorld(t)
	alice, id := w.resumable(t, "alice@localhost/a")
	g := newGate(t, w.host.Store)
	alice.feed(message("bob@localhost", "1"))
	alice.feed(message("nobody@localhost", "2"))
	alice.feedAll("<iq type='get' id='3'><x xmlns='urn:x'/></iq>")
	answer := make(chan string)
	again := w.login(t, "alice@localhost")
	go func() { answer <- again.feedAll(resumption(id, 0)) }()
	select {
	case out := <-answer:
		t.Fatalf("before the commit: %s", out)
	default:
	}
	g.open()
	if h := handled(t, <-answer); h != "3" {
		t.Errorf("h is %s", h)
	}
}

// TestErrorAfterTheConnection: the sender of a message hears of its failure although its connection is gone by then.
func TestErrorAfterTheConnection(t *testing.T) {
	for _, how := range []string{"lost", "taken over"} {
		w := resumableWorld(t)
		alice, id := w.resumable(t, "alice@localhost/a")
		g := newGate(t, w.host.Store)
		alice.feed([]byte("<message to='nobody@localhost' id='m' type='chat'><body>1</body></message>"))
		again := w.login(t, "alice@localhost")
		if how == "lost" {
			jobs := alice.close()
			g.open()
			for _, job := range jobs {
				job()
			}
		} else {
			g.open()
		}
		out := again.feedAll(resumption(id, 0))
		if how == "taken over" {
			alice.deliver() // the Done
			alice.deliver() // conflict
			out += string(again.deliver())
		}
		if strings.Count(out, "service-unavailable") != 1 || handled(t, out) != "1" {
			t.Errorf("%s: %s", how, out)
		}
	}
}

// close gives e its last input, after which no mail comes, and returns its jobs.
func (e *end) close() []func() any {
	e.gone.Store(true)
	e.out.Reset()
	e.machine.Step(&stream.Input{Kind: stream.Closed, Now: now}, &e.out)
	return append([]func() any(nil), e.out.Jobs...)
}

// TestResumptionThatIsLost: the connection that resumes is gone before it has heard of it. The stream is as before, for the next one.
func TestResumptionThatIsLost(t *testing.T) {
	w := resumableWorld(t)
	alice, id := w.resumable(t, "alice@localhost/a")
	last := alice
	for i, parked := range []bool{true, false, true} {
		if parked && i == 0 {
			for _, job := range alice.close() {
				job()
			}
		}
		lost := w.login(t, "alice@localhost")
		_, _, err := lost.decoder.Decode([]byte(resumption(id, 0)), &lost.scratch)
		must(t, err)
		lost.machine.Step(&stream.Input{Kind: stream.Element, Element: lost.scratch.Tree.Root(), Now: now}, &lost.out)
		for _, job := range append([]func() any(nil), lost.out.Jobs...) {
			job()
		}
		lost.close()
		if i == 1 { // the session that was displaced has ended, and its mail is in the stream's box
			for range len(last.mail) {
				last.deliver()
			}
			for _, job := range last.close() {
				job()
			}
		}
		w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), note("held"))
		if i < 2 { // or the next one is faster than the sweep
			w.srv.Streams.Sweep(now.Add(time.Minute), w.srv.Hosts)
		}
		next := w.login(t, "alice@localhost")
		if out := next.feedAll(resumption(id, 0)); !strings.Contains(out, "<resumed ") || !strings.Contains(out, "held") {
			t.Fatalf("%d: %s", i, out)
		}
		last = next
	}
}

// note makes a frame of a stanza that is not archived.
func note(body string) *codec.Frame { return encoded(body, xmltext.Encoder{}) }

func encoded(body string, enc codec.Encoder) *codec.Frame {
	var b codec.Builder
	f := codec.NewFrame()
	b.Start(atom.NSClient, atom.Message).Start(atom.NSClient, atom.Body).Text(body).End()
	f.Encode(enc, b.Element())
	return f
}

// TestCountsWrap is XEP-0198 §4: after 2³²-1 comes 0, in both directions.
func TestCountsWrap(t *testing.T) {
	w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{}))
	w.Account("romeo")
	w.Account("juliet")
	rec := store.Stream{Account: w.JID("romeo"), Resource: "orchard", Max: time.Hour, Presence: nil}
	for i := range rec.ID {
		rec.ID[i] = byte(i)
	}
	must(t, w.Store().Do(t.Context(), func(tx *store.Tx) error {
		must(t, tx.PutStream(&rec))
		must(t, tx.SetStreamIn(rec.Account, rec.ID, 1<<32-2))
		return tx.SetStreamOut(rec.Account, rec.ID, store.StreamOut{Acked: 1<<32 - 2, Complete: true, Unacked: []uint64{0, 0}})
	}))
	id := base64.RawURLEncoding.EncodeToString(rec.ID[:])
	c := w.Connect("romeo/orchard")
	c.LogIn()
	c.Forget()
	c.Send(resumption(id, 1<<32-1))
	if out := received(c); !strings.Contains(out, "h='4294967294'") {
		t.Fatal(out)
	}
	for i := range 3 {
		c.Send(fmt.Sprintf("<message to='juliet@example.org' type='chat'><body>%d</body></message><iq type='get' id='x'><query xmlns='urn:x'/></iq>", i))
	}
	c.Send("<a xmlns='urn:xmpp:sm:3' h='2'/><r xmlns='urn:xmpp:sm:3'/>")
	if out := received(c); !strings.Contains(out, "<a xmlns='urn:xmpp:sm:3' h='4'/>") || strings.Contains(out, "stream:error") {
		t.Error(out)
	}
	w.Crash(1)
	c = w.Connect("romeo/orchard")
	c.LogIn()
	c.Forget()
	c.Send(resumption(id, 2))
	if out := received(c); !strings.Contains(out, "<resumed ") || !strings.Contains(out, "h='4'") {
		t.Error(out)
	}
}

// TestStreamsOfChangedAccounts: a new password, or the end of the account, ends its streams, those without a connection too.
func TestStreamsOfChangedAccounts(t *testing.T) {
	w := resumableWorld(t)
	for _, parked := range []bool{true, false} {
		alice, id := w.resumable(t, "alice@localhost/a")
		if parked {
			for _, job := range alice.close() {
				job()
			}
		}
		account := jid.MustParse("alice@localhost")
		must(t, w.host.Store.Do(t.Context(), func(tx *store.Tx) error { return tx.DeleteStreams(account) }))
		for _, target := range w.host.Router.Targets(nil, account, router.Bound) {
			target.Mailbox.Post(stream.Mail{Note: router.Removed})
		}
		if !parked {
			if out := string(alice.deliver()); !strings.Contains(out, "<not-authorized ") {
				t.Error(out)
			}
			for _, job := range alice.close() {
				job()
			}
		}
		if out := w.login(t, "alice@localhost").feedAll(resumption(id, 0)); !strings.Contains(out, "<item-not-found ") || strings.Contains(out, " h='") {
			t.Error(out)
		}
		w.srv.Streams.Sweep(now, w.srv.Hosts)
		if _, n := w.host.Router.Len(); n != 0 {
			t.Errorf("%d sessions are still bound", n)
		}
	}
}

// TestAccountChangesDuringResumption: who is to be shut out does not get in by a stream that was claimed shortly before.
func TestAccountChangesDuringResumption(t *testing.T) {
	for _, parked := range []bool{true, false} {
		w := resumableWorld(t)
		alice, id := w.resumable(t, "alice@localhost/a")
		if parked {
			for _, job := range alice.close() {
				job()
			}
		}
		again := w.login(t, "alice@localhost")
		_, _, err := again.decoder.Decode([]byte(resumption(id, 0)), &again.scratch)
		must(t, err)
		again.machine.Step(&stream.Input{Kind: stream.Element, Element: again.scratch.Tree.Root(), Now: now}, &again.out)
		claimed := again.out.Jobs[0]()
		for _, target := range w.host.Router.Targets(nil, jid.MustParse("alice@localhost"), router.Bound) {
			target.Mailbox.Post(stream.Mail{Note: router.Removed})
		}
		for !parked && len(alice.mail) > 0 {
			alice.deliver()
		}
		if out := string(again.step(stream.Input{Kind: stream.Result, Result: claimed})); !strings.Contains(out, "<item-not-found ") {
			t.Errorf("parked %v: %s", parked, out)
		}
		w.srv.Streams.Sweep(now.Add(time.Minute), w.srv.Hosts)
		if _, n := w.host.Router.Len(); n != 0 {
			t.Errorf("%d sessions are still bound", n)
		}
	}
}

// TestParkedSessionsAreBounded: what has no connection keeps nobody out, is bounded in memory, and leaves nothing there after a while.
func TestParkedSessionsAreBounded(t *testing.T) {
	w := resumableWorld(t)
	w.srv.Streams.Parked = 3
	w.host.Router.MaxSessions = 2
	var ids []string
	for i := range 60 {
		e, id := w.resumable(t, fmt.Sprintf("alice@localhost/%d", i))
		ids = append(ids, id)
		for _, job := range e.close() {
			job()
		}
		w.srv.Streams.Sweep(now, w.srv.Hosts)
		if known, waiting := w.srv.Streams.Len(); known > 2 || waiting > 2 {
			t.Fatalf("%d streams, %d without a connection", known, waiting)
		}
	}
	n := 0
	must(t, w.host.Store.Streams(jid.MustParse("alice@localhost"), func(store.Stream) bool { n++; return true }))
	if n != 50 {
		t.Errorf("%d records", n)
	}
	w.srv.Streams.Sweep(now.Add(time.Hour), w.srv.Hosts)
	if known, waiting := w.srv.Streams.Len(); known+waiting != 0 {
		t.Errorf("%d streams in memory, %d without a connection", known, waiting)
	}
	if out := w.login(t, "alice@localhost").feedAll(resumption(ids[59], 0)); !strings.Contains(out, "<resumed ") {
		t.Error(out)
	}
}

// TestLongestParkedLeaves: when more streams are without a connection than may be kept in memory, it is the one that has been so the longest that leaves, with its
// record complete although its own job was slow.
func TestLongestParkedLeaves(t *testing.T) {
	w := resumableWorld(t)
	w.srv.Streams.Parked = 2
	var late []func() any
	var ids []string
	for i := range 4 {
		e, id := w.resumable(t, fmt.Sprintf("alice@localhost/%d", i))
		ids = append(ids, id)
		e.feedAll("<iq type='get' id='1'><x xmlns='urn:x'/></iq>")
		if jobs := e.close(); i == 0 {
			late = jobs
		} else {
			for _, job := range jobs {
				job()
			}
		}
	}
	for _, job := range late {
		job()
	}
	if known, waiting := w.srv.Streams.Len(); known != 2 || waiting != 2 {
		t.Errorf("%d streams, %d without a connection", known, waiting)
	}
	for i, id := range ids {
		_, bound := w.host.Router.Target(jid.MustParse(fmt.Sprintf("alice@localhost/%d", i)))
		if bound != (i >= 2) {
			t.Errorf("%d is bound: %v", i, bound)
		}
		if out := w.login(t, "alice@localhost").feedAll(resumption(id, 0)); handled(t, out) != "1" {
			t.Errorf("%d: %s", i, out)
		}
	}
}

// TestStorm: all clients lose their connections and come back at once, some of them twice.
func TestStorm(t *testing.T) {
	const clients = 20
	w := resumableWorld(t)
	w.host.Router.MaxSessions = clients
	var ids []string
	for i := range clients {
		_, id := w.resumable(t, fmt.Sprintf("alice@localhost/%d", i))
		ids = append(ids, id)
	}
	var wait sync.WaitGroup
	for i := range 2 * clients {
		again := w.login(t, "alice@localhost")
		wait.Go(func() {
			if out := again.feedAll(resumption(ids[i/2], 0)); !strings.Contains(out, "<resumed ") && !strings.Contains(out, "<conflict ") {
				t.Errorf("%s", out)
			}
		})
	}
	wait.Wait()
	if _, n := w.host.Router.Len(); n != clients {
		t.Errorf("%d sessions", n)
	}
}

// TestResumeWithTooManySessions: a stream that is only on disk needs a place among the account's sessions, and is as it was when there is none.
func TestResumeWithTooManySessions(t *testing.T) {
	w := resumableWorld(t)
	w.host.Router.MaxSessions = 1
	alice, id := w.resumable(t, "alice@localhost/a")
	for _, job := range alice.close() {
		job()
	}
	w.srv.Streams.Sweep(now.Add(time.Hour), w.srv.Hosts)
	other := w.join(t, "alice@localhost/b", codec.XML)
	if out := w.login(t, "alice@localhost").feedAll(resumption(id, 0)); !strings.Contains(out, "<resource-constraint ") {
		t.Error(out)
	}
	for _, job := range other.close() {
		job()
	}
	w.srv.Streams.Sweep(now.Add(time.Hour), w.srv.Hosts)
	if out := w.login(t, "alice@localhost").feedAll(resumption(id, 0)); !strings.Contains(out, "<resumed ") {
		t.Error(out)
	}
}

// TestMailWhileTheConnectionEnds: what comes between the end of the stream and that of the connection is not lost, also when the stream was resumed before.
func TestMailWhileTheConnectionEnds(t *testing.T) {
	w := resumableWorld(t)
	e, id := w.resumable(t, "alice@localhost/a")
	for i := range 3 {
		if out := string(e.step(stream.Input{Kind: stream.Shutdown})); !strings.Contains(out, "<system-shutdown ") {
			t.Fatal(out)
		}
		w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), note("held"))
		e.deliver()
		if len(e.mail) > 0 {
			t.Fatal("it goes round")
		}
		for _, job := range e.close() {
			job()
		}
		e = w.login(t, "alice@localhost")
		out := e.feedAll(resumption(id, uint32(i)))
		for len(e.mail) > 0 {
			out += string(e.deliver())
		}
		if strings.Count(out, "held") != 1 {
			t.Fatalf("%d: %s", i, out)
		}
	}
}

// TestStreamThatHasLostMessagesIsNotResumed: what the client has not taken is not in the archive any more, so the stream would have a gap that nobody sees. The client
// hears what was handled, and begins anew.
func TestStreamThatHasLostMessagesIsNotResumed(t *testing.T) {
	for _, where := range []string{"parked", "dormant", "live"} {
		for _, lost := range []uint64{1, 2} { // what the client has, and one past it
			w := resumableWorld(t)
			alice, id := w.resumable(t, "alice@localhost/a")
			bob := w.join(t, "bob@localhost/b", codec.XML)
			for i := range 3 {
				bob.feed(message("alice@localhost", fmt.Sprint(i)))
				alice.deliver()
			}
			alice.feedAll("<presence><status>1</status></presence><a xmlns='urn:xmpp:sm:3' h='1'/>")
			if where != "live" {
				for _, job := range alice.close() {
					job()
				}
			}
			if where == "dormant" {
				w.srv.Streams.Sweep(now.Add(time.Hour), w.srv.Hosts)
			}
			must(t, w.host.Store.Do(t.Context(), func(tx *store.Tx) error {
				_, err := tx.TrimArchive(jid.MustParse("alice@localhost"), lost+1, 10)
				return err
			}))
			want := "<resumed "
			if lost > 1 {
				want = "<item-not-found "
			}
			if out := w.login(t, "alice@localhost").feedAll(resumption(id, 1)); !strings.Contains(out, want) || handled(t, out) != "1" {
				t.Errorf("%s, %d lost: %s", where, lost, out)
			}
		}
	}
}

// TestOldListsDoNotCount: with relaxed durability a crash may take back that a stream was resumed, and what is left is a record of the time before: the client has more than it says.
// All that is not known to be the client's comes again then, rather than that a message of the old list counts for one that it had later. Where no crash was between, such a count is an error.
func TestOldListsDoNotCount(t *testing.T) {
	for _, c := range []struct {
		durability string
		older      bool
		want       string
		messages   int
	}{
		{store.Strict, false, "<handled-count-too-high ", 0},
		{store.Relaxed, false, "<handled-count-too-high ", 0},
		{store.Relaxed, true, "<resumed ", 3},
	} {
		w, _ := newWorldWith(t, im.Options{}, store.Options{Durability: c.durability})
		w.srv.Streams = c2s.NewStreams(c2s.StreamsConfig{})
		alice, id := w.resumable(t, "alice@localhost/a")
		bob := w.join(t, "bob@localhost/b", codec.XML)
		for i := range 3 {
			bob.feed(message("alice@localhost", fmt.Sprint(i)))
			alice.deliver()
		}
		for _, job := range alice.close() {
			job()
		}
		w.srv.Streams.Sweep(now.Add(time.Hour), w.srv.Hosts)
		if c.older {
			rec := w.stream(t, "alice@localhost", id)
			if !rec.Out.Complete || rec.Out.Life == 0 {
				t.Fatalf("%+v", rec.Out)
			}
			rec.Out.Life++
			must(t, w.host.Store.Do(t.Context(), func(tx *store.Tx) error { return tx.SetStreamOut(rec.Account, rec.ID, rec.Out) }))
		}
		out := w.login(t, "alice@localhost").feedAll(resumption(id, 5)) // two more than the list has
		if n := strings.Count(out, "<body>"); !strings.Contains(out, c.want) || n != c.messages {
			t.Errorf("%+v: %s", c, out)
		}
	}
}

// TestLostPlaceIsNotResumed: with relaxed durability a crash may take back that a stream was started, and another client of the account has moved the cursor on since. The stream would go on
// behind that, and its client never hear of what is between: it begins anew instead.
func TestLostPlaceIsNotResumed(t *testing.T) {
	for _, c := range []struct {
		durability     string
		started, older bool
		want           string
	}{
		{store.Strict, false, false, "<resumed "},
		{store.Relaxed, false, false, "<resumed "},
		{store.Relaxed, true, true, "<resumed "},
		{store.Relaxed, false, true, "<item-not-found "},
	} {
		w, _ := newWorldWith(t, im.Options{}, store.Options{Durability: c.durability})
		w.srv.Streams = c2s.NewStreams(c2s.StreamsConfig{})
		alice, id := w.resumable(t, "alice@localhost/a")
		for _, job := range alice.close() {
			job()
		}
		w.srv.Streams.Sweep(now.Add(time.Hour), w.srv.Hosts)
		rec := w.stream(t, "alice@localhost", id)
		rec.Out.Started = c.started
		if c.older {
			rec.Out.Life++
		}
		must(t, w.host.Store.Do(t.Context(), func(tx *store.Tx) error { return tx.SetStreamOut(rec.Account, rec.ID, rec.Out) }))
		if out := w.login(t, "alice@localhost").feedAll(resumption(id, 0)); !strings.Contains(out, c.want) || handled(t, out) != "0" {
			t.Errorf("%+v: %s", c, out)
		}
	}
}
