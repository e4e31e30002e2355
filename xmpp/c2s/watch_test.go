package c2s_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// watch watches who in w, and returns what has been shown since it was asked last, with > for what comes from the client and < for what goes to it.
func watch(w *world, who string) (shown func() []string, end func()) {
	if w.srv.Watches == nil {
		w.srv.Watches = new(c2s.Watches)
	}
	var all []string
	end = w.srv.Watches.Add(jid.MustParse(who), func(s c2s.Shown) {
		arrow := ">"
		if s.Out {
			arrow = "<"
		}
		all = append(all, arrow+" "+s.Session.Resource()+" "+s.XML)
	})
	return func() []string {
		defer func() { all = nil }()
		return all
	}, end
}

func wants(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// TestAWatchShowsADialogue as XML, whatever the encoding is, to who watches that session and to nobody else.
func TestAWatchShowsADialogue(t *testing.T) {
	for _, encoding := range []codec.Encoding{codec.XML, codec.Compact} {
		w := newWorld(t)
		alice, bob := w.join(t, "alice@localhost/a", encoding), w.join(t, "bob@localhost/b", encoding)
		alice.deliver()
		bob.deliver()
		account, _ := watch(w, "bob@localhost")
		session, _ := watch(w, "bob@localhost/b")
		another, _ := watch(w, "bob@localhost/c")
		sender, end := watch(w, "alice@localhost")
		hello := func() {
			alice.feed(alice.encode(func(b *codec.Builder) {
				b.Start(atom.NSClient, atom.Message).Attr(atom.To, "bob@localhost").Attr(atom.Type, "chat")
				b.Start(atom.NSClient, atom.Body).Text("a < b").End().Start(atom.NSHints, atom.NoStore).End()
			}))
			bob.deliver()
		}
		hello()
		rest := "type='chat'>" + "<body>a &lt; b</body><no-store xmlns='urn:xmpp:hints'/></message>"
		wants(t, sender(), "> a <message to='bob@localhost' "+rest)
		told := strings.Replace("< b <message to='bob@localhost' "+rest, "type='chat'", "type='chat' from='alice@localhost/a'", 1)
		wants(t, account(), told)
		wants(t, session(), told)
		wants(t, another())

		bob.feed(bob.encode(func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "get").Attr(atom.ID, "1").StartNS("urn:example:none", "query").End()
		}))
		asked := account()
		if len(asked) != 2 || asked[0] != "> b <iq type='get' id='1'><query xmlns='urn:example:none'/></iq>" || !strings.Contains(asked[1], "< b <iq ") || !strings.Contains(asked[1], "<service-unavailable ") {
			t.Errorf("an iq of the session's own: %q", asked)
		}

		end()
		hello()
		wants(t, sender())
		wants(t, account(), told)
	}
}

// TestAWatchShowsWhatIsSentAgain: also the stanzas of the Step that resumes the stream, but nothing of the login before it.
func TestAWatchShowsWhatIsSentAgain(t *testing.T) {
	w := resumableWorld(t)
	alice, id := w.resumable(t, "alice@localhost/a")
	for _, job := range alice.close() {
		job()
	}
	bob := w.join(t, "bob@localhost/b", codec.XML)
	bob.deliver()
	bob.feed(message("alice@localhost/a", "while you were away"))
	bob.deliver()
	shown, _ := watch(w, "alice@localhost")
	again := w.login(t, "alice@localhost")
	again.feedAll(resumption(id, 0))
	got := shown()
	if len(got) == 0 || !strings.HasPrefix(got[0], "< a <message ") || !strings.Contains(got[0], "while you were away") {
		t.Errorf("%q", got)
	}
}

// TestAWatchShowsNoSecrets, in requests, in answers, and in what does not belong there at all.
func TestAWatchShowsNoSecrets(t *testing.T) {
	w := newWorld(t)
	bob := w.join(t, "bob@localhost/b", codec.XML)
	bob.deliver()
	shown, _ := watch(w, "bob@localhost")
	for _, test := range []struct{ sent, want string }{
		{"<iq id='1' type='set' to='localhost'><query xmlns='jabber:iq:register'><password>secret</password></query></iq>", "<iq type='set' id='1' to='localhost'><query xmlns='jabber:iq:register'>…</query></iq>"},
		{"<iq id='2' type='set'><query xmlns='jabber:iq:auth'><password>secret</password></query></iq>", "<iq type='set' id='2'><query xmlns='jabber:iq:auth'>…</query></iq>"},
		{"<iq id='3' type='set'><enable xmlns='urn:xmpp:push:0' jid='push.example.org' node='secret'/></iq>", "<iq type='set' id='3'><enable xmlns='urn:xmpp:push:0'>…</enable></iq>"},
		{"<message to='bob@localhost'><token xmlns='urn:xmpp:fast:0' token='secret'/><body>open</body></message>", "<message to='bob@localhost'><token xmlns='urn:xmpp:fast:0'>…</token><body>open</body></message>"},
		{"<message to='bob@localhost'><ids xmlns='urn:godwit:link:1'>secret</ids></message>", "<message to='bob@localhost'><ids xmlns='urn:godwit:link:1'>…</ids></message>"},
		{"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>secret</auth>", "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>…</auth>"},
	} {
		bob.feed([]byte(test.sent))
		got := shown()
		if len(got) == 0 || got[0] != "> b "+test.want {
			t.Errorf("\n got %q\nwant %s", got, test.want)
		}
		if strings.Contains(fmt.Sprint(got), "secret") {
			t.Errorf("%q", got)
		}
	}
}

// TestAWatchShowsTheEnd of a stream, from both sides.
func TestAWatchShowsTheEnd(t *testing.T) {
	w := newWorld(t)
	bob := w.join(t, "bob@localhost/b", codec.XML)
	bob.deliver()
	shown, _ := watch(w, "bob@localhost/b")
	bob.feed([]byte("<message from='eve@localhost'/>"))
	got := shown()
	if len(got) != 3 || !strings.HasPrefix(got[1], "< b <stream:error><invalid-from ") || got[2] != "< b </stream:stream>" {
		t.Errorf("%q", got)
	}
}
