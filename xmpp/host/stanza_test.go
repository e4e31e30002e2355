package host_test

import (
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// recorder is an IM that notes what it gets. It does nothing else: what the real one does is tested with it.
type recorder struct {
	host.IM
	got string
}

func (r *recorder) Message(_ *host.Sender, _ codec.Element, to jid.JID) bool {
	r.got += "message to " + to.String()
	return true
}

func (r *recorder) Presence(_ *host.Sender, _ codec.Element, to jid.JID) {
	r.got += "presence to " + to.String()
}

func (r *recorder) IQ(_ *host.Sender, _ codec.Element, to jid.JID) { r.got += "iq to " + to.String() }

// door is a host with a session that sends.
type door struct {
	host   *host.Host
	im     *recorder
	sender host.Sender
	out    stream.Output
}

func newDoor(t *testing.T) *door {
	d := &door{host: newHost(t, open(t, store.NewMemory()), "example.org"), im: new(recorder)}
	d.host.IM = d.im
	d.host.Router = router.New(xmltext.Encoder{}, xmltext.Encoder{})
	d.out.Encoder = xmltext.Encoder{}
	session := &router.Session{JID: jid.MustParse("romeo@example.org/orchard")}
	d.sender = host.Sender{Host: d.host, Session: session, Out: &d.out, Now: now}
	d.host.HandleIQ(atom.Get, atom.NSPing, atom.Ping, func(q *host.Request) {
		d.im.got += "ping of " + map[host.Scope]string{host.Server: "the server", host.Account: "account " + q.Of.String()}[q.Scope]
		if q.Own() {
			d.im.got += ", his own"
		}
	})
	return d
}

// send gives the door a stanza with its 'from', and returns what became of it: who got it, or the condition of the error.
func (d *door) send(t *testing.T, text string) (got string, committed bool) {
	t.Helper()
	d.out.Reset()
	d.im.got = ""
	committed = d.host.Stanza(&d.sender, parse(t, strings.Replace(text, " ", " from='romeo@example.org/orchard' ", 1)))
	if sent := string(d.out.Buf); sent != "" {
		return condition(t, sent), committed
	}
	return d.im.got, committed
}

func parse(t *testing.T, text string) codec.Element {
	t.Helper()
	dec := xmltext.NewDecoder(&codec.Limits{})
	t.Cleanup(dec.Close)
	p := []byte("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" + text)
	s := new(codec.Scratch)
	for len(p) > 0 {
		n, event, err := dec.Decode(p, s)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if event == codec.EventElement {
			return s.Tree.Root()
		}
		p = p[n:]
	}
	t.Fatalf("%s is no element", text)
	return codec.Element{}
}

// condition returns the condition of a stanza error, "result" for an IQ that is one.
func condition(t *testing.T, sent string) string {
	t.Helper()
	e := parse(t, sent)
	if fault := e.Child(atom.NSClient, atom.Error); !fault.IsZero() {
		return fault.First().Name().String()
	}
	return string(e.Attr(atom.Type))
}

const pingElement = "<ping xmlns='urn:xmpp:ping'/>"

func TestStanza(t *testing.T) {
	d := newDoor(t)
	for _, tt := range []struct{ text, want string }{
		// Messages: RFC 6120 §10.3.1, §10.4, §10.5
		{"<message />", "message to romeo@example.org"},
		{"<message to='romeo@example.org'/>", "message to romeo@example.org"},
		{"<message to='Juliet@Example.ORG/Balcony'/>", "message to juliet@example.org/Balcony"},
		{"<message to='example.org'/>", "service-unavailable"},
		{"<message to='example.org/x'/>", "service-unavailable"},
		{"<message to='example.com'/>", "remote-server-not-found"},
		{"<message to='juliet@example.com' type='error'/>", ""},
		{"<message to='@'/>", "jid-malformed"},
		{"<message to=''/>", "jid-malformed"},
		{"<message to='@' type='error'/>", ""},

		// Presence: §10.3.2, RFC 6121 §4.7.1
		{"<presence />", "presence to "},
		{"<presence type='unavailable'/>", "presence to "},
		{"<presence to='juliet@example.org'/>", "presence to juliet@example.org"},
		{"<presence to='juliet@example.org' type='subscribe'/>", "presence to juliet@example.org"},
		{"<presence type='asleep'/>", "bad-request"},
		{"<presence to='example.org'/>", ""},
		{"<presence to='example.com'/>", "remote-server-not-found"},
		{"<presence to='@'/>", "jid-malformed"},

		// IQs: §8.2.3, §10.3.3, RFC 6121 §8.5
		{"<iq type='get' id='1'>" + pingElement + "</iq>", "ping of account romeo@example.org, his own"},
		{"<iq type='get' id='1' to='romeo@example.org'>" + pingElement + "</iq>", "ping of account romeo@example.org, his own"},
		{"<iq type='get' id='1' to='juliet@example.org'>" + pingElement + "</iq>", "ping of account juliet@example.org"},
		{"<iq type='get' id='1' to='example.org'>" + pingElement + "</iq>", "ping of the server"},
		{"<iq type='get' id='1' to='example.org/x'>" + pingElement + "</iq>", "ping of the server"},
		{"<iq type='get' id='1' to='juliet@example.org/balcony'>" + pingElement + "</iq>", "iq to juliet@example.org/balcony"},
		{"<iq type='result' id='1' to='juliet@example.org/balcony'/>", "iq to juliet@example.org/balcony"},
		{"<iq type='get' id='1' to='example.com'>" + pingElement + "</iq>", "remote-server-not-found"},
		{"<iq type='result' id='1' to='example.com'/>", ""},
		{"<iq type='result' id='1'/>", ""},
		{"<iq type='error' id='1' to='example.org'/>", ""},
		{"<iq type='set' id='1'>" + pingElement + "</iq>", "service-unavailable"},
		{"<iq type='get' id='1'><x xmlns='urn:x'/></iq>", "service-unavailable"},
		{"<iq type='get'>" + pingElement + "</iq>", "bad-request"},
		{"<iq id='1'>" + pingElement + "</iq>", "bad-request"},
		{"<iq id='1' type='ask'>" + pingElement + "</iq>", "bad-request"},
		{"<iq id='1' type='get'/>", "bad-request"},
		{"<iq id='1' type='get'>" + pingElement + pingElement + "</iq>", "bad-request"},
		{"<iq id='1' type='get' to='juliet@example.org/balcony'/>", "bad-request"},
		{"<iq type='result'/>", ""},

		// RFC 3921 §3
		{"<iq type='set' id='1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", "result"},
		{"<iq type='set' id='1' to='example.org'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", "result"},
		{"<iq type='set' id='1' to='juliet@example.org'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", "service-unavailable"},
	} {
		got, committed := d.send(t, tt.text)
		if got != tt.want || committed != strings.HasPrefix(got, "message to") {
			t.Errorf("%s: %q, committed %v, want %q", tt.text, got, committed, tt.want)
		}
	}
}

// TestRequestIsAnsweredLater has a handler whose answer comes from a job: then the request, and its bytes, are gone.
func TestRequestIsAnsweredLater(t *testing.T) {
	d := newDoor(t)
	d.host.HandleIQ(atom.Get, atom.NSVersion, atom.Query, func(q *host.Request) {
		q.Do(func() func(r *host.Reply) {
			return func(r *host.Reply) {
				if !r.Now.Equal(now.Add(time.Second)) {
					t.Errorf("answered at %v", r.Now)
				}
				r.Fail(atom.Forbidden, "no")
			}
		})
	})
	e := parse(t, "<iq type='get' id='i7' from='romeo@example.org/orchard' to='example.org'><query xmlns='jabber:iq:version'/></iq>")
	d.out.Reset()
	d.host.Stanza(&d.sender, e)
	if len(d.out.Jobs) != 1 || len(d.out.Buf) != 0 {
		t.Fatalf("%d jobs, %s", len(d.out.Jobs), d.out.Buf)
	}
	tree, _ := e.Tree()
	for i := range tree.Src {
		tree.Src[i] = '~'
	}
	answer := d.out.Jobs[0]().(host.Continuation)
	d.out.Reset()
	answer(&d.out, now.Add(time.Second))
	if got := string(d.out.Buf); condition(t, got) != "forbidden" || !strings.Contains(got, "i7") || !strings.Contains(got, "romeo@example.org/orchard") {
		t.Error(got)
	}
}

// TestDoorAllocatesNothing holds for stanzas to who is bound.
func TestDoorAllocatesNothing(t *testing.T) {
	d := newDoor(t)
	if err := d.host.Router.Bind(d.sender.Session); err != nil {
		t.Fatal(err)
	}
	d.host.IM = silent{}
	for _, text := range []string{
		"<message to='romeo@example.org/orchard'/>", "<presence to='romeo@example.org'/>", "<iq type='result' id='1' to='romeo@example.org/orchard'/>",
	} {
		e := parse(t, text)
		if n := testing.AllocsPerRun(100, func() { d.host.Stanza(&d.sender, e) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

// silent is an IM that takes everything.
type silent struct{ host.IM }

func (silent) Message(*host.Sender, codec.Element, jid.JID) bool { return true }
func (silent) Presence(*host.Sender, codec.Element, jid.JID)     {}
func (silent) IQ(*host.Sender, codec.Element, jid.JID)           {}
