package c2s_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// keepMax is how many bytes of stanzas are kept to be sent again.
const keepMax = 64 << 10

// resultOf makes the frame of a result for the request q, of that size.
func resultOf(size int) *codec.Frame {
	for text := size; ; text -= 1 {
		var b codec.Builder
		f := codec.NewFrame()
		b.Start(atom.NSClient, atom.IQ).Attr(atom.ID, "q").Attr(atom.To, "alice@localhost/a").Attr(atom.Type, "result")
		b.Start(atom.NSClient, atom.Body).Text(strings.Repeat("x", text)).End()
		f.Encode(xmltext.Encoder{}, b.Element())
		if f.Size() == size {
			return f
		}
		text -= max(0, f.Size()-size-1)
		f.Release()
	}
}

// TestAnswerThatIsNotKept: an answer that is larger than what is kept, and lost with the connection, is followed by an error: the client has heard that its request was handled, so it
// does not ask again.
func TestAnswerThatIsNotKept(t *testing.T) {
	for _, c := range []struct {
		page, written bool
		size          int
		want          string
	}{
		{false, true, keepMax, "result"},
		{false, true, keepMax + 1, "error"},
		{true, true, keepMax, "result"},
		{true, true, keepMax + 1, "error"},
		{true, false, keepMax, "result"},
		{true, false, keepMax + 1, "error"},
	} {
		w := resumableWorld(t)
		alice, id := w.resumable(t, "alice@localhost/a")
		answer := host.Continuation(func(out *stream.Output, _ time.Time) {
			end := resultOf(c.size / 2)
			defer end.Release()
			first := resultOf(c.size - c.size/2)
			defer first.Release()
			if first.Name = atom.Message; c.page { // as if it were a result of an archive
				out.SendPage(first)
				out.SendPage(end)
				return
			}
			whole := resultOf(c.size)
			defer whole.Release()
			var s codec.Scratch
			e, err := w.host.Router.Open(whole, &s)
			must(t, err)
			out.Send(e)
		})
		alice.out.Reset()
		alice.out.Congested = !c.written
		alice.machine.Step(&stream.Input{Kind: stream.Result, Result: answer, Now: now}, &alice.out)
		for more := alice.out.More && c.written; more; more = alice.out.More {
			alice.step(stream.Input{Kind: stream.Room})
		}
		for _, job := range alice.close() {
			job()
		}
		for range 2 { // the error is kept in its turn
			again := w.login(t, "alice@localhost")
			out := again.feedAll(resumption(id, 0))
			for again.out.More {
				out += string(again.step(stream.Input{Kind: stream.Room}))
			}
			error := strings.Contains(out, "<iq id='q' to='alice@localhost/a' type='error'><error type='wait'><resource-constraint ")
			if !strings.Contains(out, "<resumed ") || strings.Count(out, "<iq ") != map[bool]int{false: 1, true: 2}[c.page && !error] || error != (c.want == "error") {
				t.Errorf("%+v: %d bytes, %.300s", c, len(out), out)
			}
			for _, job := range again.close() {
				job()
			}
		}
	}
}

// TestRequestsWithoutRoom: requests to a client that acks nothing are kept as far as there is room, and refused beyond. Every one is answered once.
func TestRequestsWithoutRoom(t *testing.T) {
	const requests = 40
	for _, resumed := range []bool{false, true} {
		w := resumableWorld(t)
		alice, id := w.resumable(t, "alice@localhost/a")
		other := w.login(t, "alice@localhost")
		other.machine = w.srv.NewBound(w.host, jid.MustParse("alice@localhost/b"), other, codec.XML)
		got, answers := "", ""
		for i := range requests {
			answers += other.feedAll(fmt.Sprintf("<iq type='get' id='q%d' to='alice@localhost/a'><x xmlns='urn:x'>%s</x></iq>", i, strings.Repeat("x", 8000)))
			got += string(alice.deliver())
		}
		for len(other.mail) > 0 {
			answers += string(other.deliver())
		}
		had := strings.Count(got, "type='get'")
		if bytes := 8000 * had; bytes > 2*keepMax || bytes < 2*keepMax-3*8000 || strings.Count(answers, "service-unavailable") != requests-had {
			t.Errorf("%d requests were sent, %d refused", had, strings.Count(answers, "service-unavailable"))
		}
		for _, job := range alice.close() {
			job()
		}
		if resumed {
			alice = w.login(t, "alice@localhost")
			if n := strings.Count(alice.feedAll(resumption(id, 0)), "type='get'"); n != had {
				t.Errorf("%d of %d come again", n, had)
			}
			for _, job := range alice.close() {
				job()
			}
		}
		w.srv.Streams.Sweep(now.Add(time.Hour), w.srv.Hosts)
		for len(other.mail) > 0 {
			answers += string(other.deliver())
		}
		for i := range requests {
			if n := strings.Count(answers, fmt.Sprintf("id='q%d'", i)); n != 1 {
				t.Fatalf("%d answers to %d", n, i)
			}
		}
	}
}

// TestErrorWithoutRoom: the answer with an error to a request comes again although there is no room for what was sent before it.
func TestErrorWithoutRoom(t *testing.T) {
	w := resumableWorld(t)
	alice, id := w.resumable(t, "alice@localhost/a")
	full := resultOf(keepMax)
	w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), full)
	alice.deliver()
	const unknown = "<iq type='get' id='u'><x xmlns='urn:x'/></iq>"
	if out := alice.feedAll(unknown); !strings.Contains(out, "id='u'") || !strings.Contains(out, "type='error'") {
		t.Fatal(out)
	}
	for _, job := range alice.close() {
		job()
	}
	out := w.login(t, "alice@localhost").feedAll(resumption(id, 0))
	if handled(t, out) != "1" || strings.Count(out, "id='u'") != 1 || strings.Count(out, "id='q'") != 1 {
		t.Errorf("%d bytes, %.300s", len(out), out)
	}
}
