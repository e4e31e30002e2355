package c2s_test

import (
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// begin gives e an element, and runs the jobs that follow, but not what comes of them.
func (e *end) begin(t testing.TB, text string) (results []any) {
	t.Helper()
	_, _, err := e.decoder.Decode([]byte(text), &e.scratch)
	must(t, err)
	e.out.Reset()
	e.machine.Step(&stream.Input{Kind: stream.Element, Element: e.scratch.Tree.Root(), Now: now}, &e.out)
	for _, job := range append([]func() any(nil), e.out.Jobs...) {
		results = append(results, job())
	}
	return results
}

// TestPasswordChangesDuringAResumption: who has logged in with the old password is out, whether the stream was in memory or on disk.
func TestPasswordChangesDuringAResumption(t *testing.T) {
	for _, after := range []time.Duration{0, time.Hour} {
		w := resumableWorld(t)
		alice, id := w.resumable(t, "alice@localhost/a")
		for _, job := range alice.close() {
			job()
		}
		w.srv.Streams.Sweep(now.Add(after), w.srv.Hosts)
		again, holds := w.login(t, "alice@localhost"), true
		again.machine.(interface{ SetHolds(func() (bool, error)) }).SetHolds(func() (bool, error) { return holds, nil })
		results := again.begin(t, resumption(id, 0))
		account := jid.MustParse("alice@localhost")
		must(t, w.host.Store.Do(t.Context(), func(tx *store.Tx) error { return tx.DeleteStreams(account) }))
		holds = false
		for _, target := range w.host.Router.Targets(nil, account, router.Bound) {
			target.Mailbox.Post(stream.Mail{Note: router.Removed})
		}
		out := string(again.step(stream.Input{Kind: stream.Result, Result: results[0]}))
		if after == 0 && !strings.Contains(out, "<item-not-found ") || after > 0 && !strings.Contains(out, "<not-authorized ") {
			t.Errorf("after %v: %s", after, out)
		}
	}
}

// TestRequestWithoutAnAnswer: a request to the server whose answer is still being made when the connection is lost, or another one takes its place, is not handled: the
// client sends it again.
func TestRequestWithoutAnAnswer(t *testing.T) {
	const request = "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>"
	for _, how := range []string{"lost", "taken over"} {
		w := resumableWorld(t)
		alice, id := w.resumable(t, "alice@localhost/a")
		alice.feed(message("bob@localhost", "1"))
		results := alice.begin(t, request)
		if how == "lost" {
			for _, job := range alice.close() {
				job()
			}
		}
		again := w.login(t, "alice@localhost")
		if h := handled(t, again.feedAll(resumption(id, 0))); h != "1" {
			t.Errorf("%s: h is %s", how, h)
		}
		if how == "taken over" {
			if out := alice.step(stream.Input{Kind: stream.Result, Result: results[0]}); len(out) > 0 {
				t.Errorf("%s", out)
			}
		}
		for len(again.mail) > 0 {
			again.deliver()
		}
		if out := again.feedAll(request, "<r xmlns='urn:xmpp:sm:3'/>"); !strings.Contains(out, "<query ") {
			t.Error(out)
		}
		if out := string(again.deliver()); !strings.Contains(out, "<a ") || !strings.Contains(out, "h='2'") {
			t.Error(out)
		}
	}
}

// TestConnectionsThatAreLostAtOnce: a stream that is resumed again and again before anything can be sent does not gather what comes meanwhile without bound.
func TestConnectionsThatAreLostAtOnce(t *testing.T) {
	w := resumableWorld(t)
	last, id := w.resumable(t, "alice@localhost/a")
	for range 20 {
		for _, job := range last.close() {
			job()
		}
		for range 60 {
			w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), note(strings.Repeat("x", 1_000)))
		}
		last = w.login(t, "alice@localhost")
		results := last.begin(t, resumption(id, 0))
		last.out.Reset()
		last.machine.Step(&stream.Input{Kind: stream.Result, Result: results[0], Now: now}, &last.out) // and the page is not read
		for range 60 {
			w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), note(strings.Repeat("x", 1_000)))
			last.deliver()
		}
	}
	if n := last.machine.(interface{ Queued() int }).Queued(); n > 200_000 || n < 60_000 {
		t.Errorf("%d bytes wait", n)
	}
}
