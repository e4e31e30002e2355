package main

import (
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// needsFeature fails the test when the server does not offer something.
func needsFeature(t *testing.T, p *process, feature string) {
	t.Helper()
	p.tell(t, order{Do: "features"})
	e := p.expect(t, "features", nil)
	if !slices.Contains(e.Features, feature) {
		t.Fatalf("the server does not offer %s: %q", feature, e.Features)
	}
}

// startAgain starts localserve on the folder and the ports of one that has ended.
func (l *local) startAgain(t *testing.T) *local {
	t.Helper()
	var args []string
	for flag, address := range map[string]string{"--port": l.C2S, "--tls-port": l.TLS, "--link-port": l.Link} {
		_, port, _ := net.SplitHostPort(address)
		args = append(args, flag, port)
	}
	again := startLocal(t, l.Data, args...)
	again.sidecars = l.sidecars
	return again
}

// TestInteropSlixmppResumes has slixmpp go on with its stream (XEP-0198 §5): after a lost connection, a restart of the server, and a kill -9.
func TestInteropSlixmppResumes(t *testing.T) {
	needs(t, "slixmpp", "python3-slixmpp", python, "-c", "import slixmpp")
	for _, mode := range allModes {
		t.Run(mode, func(t *testing.T) {
			l := startLocal(t, filepath.Join(t.TempDir(), "data"))
			carol := l.slixmpp(t, "carol", mode, "xep_0198")
			needsFeature(t, carol, "stream:stream_management")
			say := func(l *local, text string) {
				t.Helper()
				alice := l.chat(t, "alice", "carol@localhost")
				alice.write(t, text)
				alice.expect(t, "accepted", nil)
				alice.end(t)
			}
			say(l, "before")
			carol.message(t, "alice@localhost", "before")

			carol.tell(t, order{Do: "cut"})
			carol.expect(t, "end", nil)
			say(l, "while carol is away")
			resumes(t, carol)
			carol.message(t, "alice@localhost", "while carol is away")
			hearsFrom(t, l, carol, "after a cut")

			l.stop(t)
			carol.expect(t, "end", nil)
			l = l.startAgain(t)
			say(l, "behind a restart")
			resumes(t, carol)
			carol.message(t, "alice@localhost", "behind a restart")
			hearsFrom(t, l, carol, "after a restart")

			l.kill(t)
			carol.expect(t, "end", nil)
			l = l.startAgain(t)
			say(l, "behind a kill -9")
			resumes(t, carol)
			carol.message(t, "alice@localhost", "behind a kill -9")
			hearsFrom(t, l, carol, "after a kill -9")
			carol.end(t)
			l.stop(t)
		})
	}
}

// TestInteropSlixmppResumesThroughAnotherSidecar has slixmpp go on with its stream when the sidecar was stopped, and when it was killed.
func TestInteropSlixmppResumesThroughAnotherSidecar(t *testing.T) {
	needs(t, "slixmpp", "python3-slixmpp", python, "-c", "import slixmpp")
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	ready, sidecar := l.startSidecar(t, false)
	l.sidecars[false] = ready
	carol := l.slixmpp(t, "carol", linkStartTLS, "xep_0198")
	hearsFrom(t, l, carol, "before") // so her presence has arrived: slixmpp may lose count of what it says while it enables acks
	for _, text := range []string{"stopped", "killed"} {
		if text == "stopped" {
			sidecar.stop(t)
		} else {
			sidecar.kill(t)
		}
		carol.expect(t, "end", nil)
		alice := l.chat(t, "alice", "carol@localhost")
		alice.write(t, text)
		alice.expect(t, "accepted", nil)
		alice.end(t)
		_, sidecar = l.startSidecar(t, false, "--listen", ready.Listen)
		resumes(t, carol)
		carol.message(t, "alice@localhost", text)
		hearsFrom(t, l, carol, "after it was "+text)
	}
	carol.end(t)
	l.stop(t)
}

// resumes lets a client connect again, and wants it to go on with its stream.
func resumes(t *testing.T, p *process) {
	t.Helper()
	p.tell(t, order{Do: "back"})
	p.until(t, "resumed", func(e event) bool {
		if e.Event == "session" || e.Event == "error" {
			t.Fatalf("the stream does not go on: %+v", e)
		}
		return e.Event == "resumed"
	})
}

// hearsFrom lets carol write to alice.
func hearsFrom(t *testing.T, l *local, carol *process, text string) {
	t.Helper()
	carol.tell(t, order{Do: "send", To: "alice@localhost", Body: text})
	carol.expect(t, "sent", nil)
	alice := l.chat(t, "alice")
	alice.message(t, "carol@localhost", text)
	alice.end(t)
}

// TestInteropSlixmppCarbons has two clients of carol see the whole talk (XEP-0280).
func TestInteropSlixmppCarbons(t *testing.T) { bothRoads(t, carbons) }

func carbons(t *testing.T, starttls, tls string) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	one := l.slixmpp(t, "carol", starttls, "xep_0280")
	needsFeature(t, one, "urn:xmpp:carbons:2")
	two := l.slixmpp(t, "carol", tls, "xep_0280")
	two.tell(t, order{Do: "carbons"})
	two.expect(t, "carbons", nil)
	alice := l.chat(t, "alice")
	one.tell(t, order{Do: "send", To: "alice@localhost", Body: texts[0]})
	e := alice.message(t, "carol@localhost", texts[0])
	two.expect(t, "carbon", func(e event) bool { return e.Type == "sent" && e.To == "alice@localhost" && e.Body == texts[0] })
	alice.write(t, "/to "+e.From)
	alice.write(t, texts[1])
	one.message(t, "alice@localhost", texts[1])
	two.expect(t, "carbon", func(c event) bool { return c.Type == "received" && c.To == e.From && c.Body == texts[1] })
	alice.end(t)
	one.end(t)
	two.end(t)
	l.stop(t)
}

// TestInteropSlixmppArchive has slixmpp read the archive by pages (XEP-0313).
func TestInteropSlixmppArchive(t *testing.T) { bothRoads(t, archive) }

func archive(t *testing.T, starttls, _ string) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	carol := l.slixmpp(t, "carol", starttls, "xep_0313")
	needsFeature(t, carol, "urn:xmpp:mam:2")
	var want []string
	alice, bob := l.chat(t, "alice", "carol@localhost"), l.chat(t, "bob", "carol@localhost")
	for i := range 7 {
		text := fmt.Sprint("message ", i)
		alice.write(t, text)
		carol.message(t, "alice@localhost", text)
		bob.write(t, "another")
		carol.message(t, "bob@localhost", "another")
		want = append(want, text)
	}
	carol.tell(t, order{Do: "archive", With: "alice@localhost", Max: 3})
	if e := carol.expect(t, "archive", nil); !slices.Equal(e.Texts, want) {
		t.Errorf("the archive has %q, want %q", e.Texts, want)
	}
	alice.end(t)
	bob.end(t)
	carol.end(t)
	l.stop(t)
}

// TestInteropSlixmppInactive has slixmpp say that nobody looks (XEP-0352): of a contact's presences only the last comes, messages come as ever.
func TestInteropSlixmppInactive(t *testing.T) { bothRoads(t, inactive) }

func inactive(t *testing.T, starttls, _ string) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	carol := l.slixmpp(t, "carol", starttls, "xep_0352")
	needsFeature(t, carol, "stream:csi")
	alice := l.chat(t, "alice", "carol@localhost")
	carol.tell(t, order{Do: "subscribe", To: "alice@localhost"})
	alice.expect(t, "presence", func(e event) bool { return e.Type == "subscribe" })
	alice.write(t, "/accept carol@localhost")
	carol.expect(t, "subscribed", nil)
	alice.write(t, "hello") // when it comes live, carol has caught up with her archive: until then presences keep their places between the messages
	carol.message(t, "alice@localhost", "hello")
	carol.tell(t, order{Do: "inactive"})
	carol.tell(t, order{Do: "send", To: "alice@localhost", Body: "nobody looks"}) // behind that
	alice.message(t, "carol@localhost", "nobody looks")
	alice.write(t, "/away first")
	alice.write(t, "/away last")
	alice.write(t, "a message")
	last := false
	look := func(e event) {
		if e.Status == "first" {
			t.Errorf("a presence came that nobody needs: %+v", e)
		}
		last = last || e.Event == "presence" && e.Status == "last"
	}
	carol.until(t, "message", func(e event) bool {
		look(e)
		return e.Event == "message" && e.Body == "a message"
	})
	carol.tell(t, order{Do: "active"})
	for !last {
		carol.until(t, "presence", func(e event) bool {
			look(e)
			return last
		})
	}
	alice.end(t)
	carol.end(t)
	l.stop(t)
}

// TestInteropSlixmppPush has slixmpp be woken by its app's server (XEP-0357), which is a slixmpp too, as bob. slixmpp has no plugin for that: it sends and takes
// the stanzas themselves.
func TestInteropSlixmppPush(t *testing.T) { bothRoads(t, push) }

func push(t *testing.T, starttls, tls string) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	service := l.slixmpp(t, "bob", tls)
	service.tell(t, order{Do: "serve"})
	service.expect(t, "serving", nil)
	carol := l.slixmpp(t, "carol", starttls, "xep_0198")
	needsFeature(t, carol, "urn:xmpp:push:0")
	alice := l.chat(t, "alice", "carol@localhost")
	enable := order{Do: "enable", To: "bob@localhost", Node: "carol's phone", Secret: "one"}
	change := func(o order) {
		t.Helper()
		carol.tell(t, o)
		carol.until(t, "done", func(e event) bool {
			if e.Event == "error" {
				t.Fatal(e.Text)
			}
			return e.Event == "done"
		})
	}
	// missed has alice write while carol is away, and carol come back, and say that she has it.
	missed := func(text string, pushed func()) {
		t.Helper()
		carol.tell(t, order{Do: "cut"})
		carol.expect(t, "end", nil)
		alice.write(t, text)
		alice.expect(t, "accepted", nil)
		pushed()
		resumes(t, carol)
		carol.message(t, "alice@localhost", text)
		carol.tell(t, order{Do: "ack"})
		carol.expect(t, "acked", nil)
	}
	// pushes wants the next push to be by that secret, and to tell no more than the number of messages.
	pushes := func(secret string) func() {
		return func() {
			t.Helper()
			e := service.expect(t, "push", nil)
			want := map[string]string{
				"FORM_TYPE": "http://jabber.org/protocol/pubsub#publish-options", // of the later form
				"secret":    secret, "message-count": "1",
			}
			if e.From != "carol@localhost" || e.Node != enable.Node || !maps.Equal(e.Items, want) || strings.Contains(e.XML, "alice") {
				t.Fatalf("the push is %s", e.XML)
			}
		}
	}

	change(enable)
	missed("enabled", pushes("one"))
	enable.Secret = "two"
	change(enable)
	missed("enabled again", pushes("two")) // and by no other: the next one would be that

	change(order{Do: "disable", To: enable.To, Node: enable.Node})
	missed("disabled", func() {}) // a push would come before the next one
	enable.Secret = "three"
	change(enable)
	missed("enabled for the third time", pushes("three"))

	carol.end(t) // a client that has logged out is away too
	alice.write(t, "logged out")
	pushes("three")()
	alice.end(t)
	service.end(t)
	l.stop(t)
}
