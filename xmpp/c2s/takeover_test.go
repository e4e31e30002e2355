package c2s_test

import (
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestConnectionThatEndsDuringTakeover: the old connection ends while another one is taking its stream over. What comes then is not lost, nor is the news that
// somebody else has bound the resource.
func TestConnectionThatEndsDuringTakeover(t *testing.T) {
	full := jid.MustParse("alice@localhost/a")
	for _, replaced := range []bool{false, true} {
		w := resumableWorld(t)
		alice, id := w.resumable(t, full.String())
		again := w.login(t, "alice@localhost")
		claimed := again.claim(t, id)
		for len(alice.mail) > 0 {
			alice.deliver()
		}
		alice.close()
		want := "held"
		if replaced {
			w.join(t, full.String(), codec.XML)
			want = "<item-not-found "
		} else if !w.host.Router.DeliverTo(full, note("held")) {
			t.Error("the mail was refused")
		}
		out := string(again.step(stream.Input{Kind: stream.Result, Result: claimed}))
		for len(again.mail) > 0 {
			out += string(again.deliver())
		}
		if strings.Count(out, want) != 1 {
			t.Errorf("replaced %v: %s", replaced, out)
		}
	}
}

// claim runs a <resume/> up to where its result is to be given to the machine.
func (e *end) claim(t testing.TB, id string) (result any) {
	t.Helper()
	_, _, err := e.decoder.Decode([]byte(resumption(id, 0)), &e.scratch)
	must(t, err)
	e.out.Reset()
	e.machine.Step(&stream.Input{Kind: stream.Element, Element: e.scratch.Tree.Root(), Now: now}, &e.out)
	return e.out.Jobs[0]()
}

// TestClaimThatIsLate: a session has claimed a stream and does not come for it; the time that it has does not begin before Sweep has seen it. Then the stream is parked
// again, whole, and is for the next one; a claimant that comes after all gets nothing. The connection that it was taken from may have been slow to end.
func TestClaimThatIsLate(t *testing.T) {
	for _, slow := range []bool{false, true} {
		w := resumableWorld(t)
		alice, id := w.resumable(t, "alice@localhost/a")
		w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), note("sent"))
		alice.deliver()
		lost := w.login(t, "alice@localhost")
		claimed := lost.claim(t, id)
		late := now.Add(time.Minute)
		w.srv.Streams.Sweep(late, w.srv.Hosts)
		if !slow {
			for len(alice.mail) > 0 {
				alice.deliver()
			}
			for _, job := range alice.close() {
				job()
			}
		}
		w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), note("held"))
		again := w.login(t, "alice@localhost")
		if slow { // it has been seen once only
			if out := string(lost.step(stream.Input{Kind: stream.Result, Result: claimed})); !strings.Contains(out, "<resumed ") {
				t.Errorf("in time: %s", out)
			}
			for len(alice.mail) > 0 {
				alice.deliver()
			}
			claimed = again.claim(t, id)
			alice, lost, again = lost, again, w.login(t, "alice@localhost")
			w.srv.Streams.Sweep(late, w.srv.Hosts)
		}
		w.srv.Streams.Sweep(late.Add(10*time.Second), w.srv.Hosts)
		if out := string(lost.step(stream.Input{Kind: stream.Result, Result: claimed})); !strings.Contains(out, "<conflict ") {
			t.Errorf("too late: %s", out)
		}
		if slow {
			alice.feed(message("bob@localhost", "fenced"))
			must(t, w.host.Store.Do(t.Context(), func(*store.Tx) error { return nil }))
			if w.archived(t, "bob@localhost") != 0 {
				t.Error("what the old connection has said was handled")
			}
		}
		for len(alice.mail) > 0 {
			alice.deliver()
		}
		for _, job := range alice.close() {
			job()
		}
		out := again.feedAll(resumption(id, 0))
		if !strings.Contains(out, "<resumed ") || strings.Count(out, "sent") != 1 || strings.Count(out, "held") != 1 {
			t.Errorf("slow %v: %s", slow, out)
		}
	}
}

// TestTakeoverKeepsTheOrder: what came before the claim, and is still in the old mailbox, goes before what comes after it.
func TestTakeoverKeepsTheOrder(t *testing.T) {
	full := jid.MustParse("alice@localhost/a")
	w := resumableWorld(t)
	alice, id := w.resumable(t, full.String())
	w.host.Router.DeliverTo(full, note("first"))
	again := w.login(t, "alice@localhost")
	claimed := again.claim(t, id)
	w.host.Router.DeliverTo(full, note("second"))
	for len(alice.mail) > 0 {
		alice.deliver()
	}
	alice.close()
	w.host.Router.DeliverTo(full, note("third"))
	out := string(again.step(stream.Input{Kind: stream.Result, Result: claimed}))
	if i, j, k := strings.Index(out, "first"), strings.Index(out, "second"), strings.Index(out, "third"); i < 0 || j < i || k < j {
		t.Error(out)
	}
}
