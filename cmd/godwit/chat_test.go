package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// texts are what must come out as it went in.
var texts = []string{
	"hello",
	"grüße, žluťoučký kůň, Привет, 你好, مرحبا, שלום",
	"👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 \u200d zero\u00a0width",
	`<body>&amp; ]]> "quotes" 'too'</body>`,
	strings.Repeat("long ", 4000) + "end",
}

func TestChatOnlineAndOffline(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice := l.chat(t, "alice", "bob@localhost")
	for _, text := range texts { // bob is not there
		alice.write(t, text)
	}
	for range texts {
		alice.expect(t, "accepted", nil)
	}
	bob := l.chat(t, "bob", "alice@localhost")
	for _, text := range texts {
		if e := bob.message(t, "alice@localhost", text); !e.Delayed {
			t.Errorf("a message that waited does not say so: %s", e.XML)
		}
	}
	for _, text := range texts { // both are
		bob.write(t, text)
		if e := alice.message(t, "bob@localhost", text); e.Delayed {
			t.Errorf("a message that did not wait says so: %s", e.XML)
		}
		alice.write(t, text)
		bob.message(t, "alice@localhost", text)
	}
	alice.end(t)
	bob.write(t, "while alice is away")
	bob.expect(t, "accepted", nil)
	bob.end(t)
	l.chat(t, "alice").message(t, "bob@localhost", "while alice is away")
	l.stop(t)
}

func TestTheSecondLoginNeedsNoPassword(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	cli(t, "", l.chatArgs("alice")...).wants(t, 1, "", "no password")
	l.chat(t, "alice").end(t)
	cli(t, "", l.chatArgs("alice")...).wants(t, 0, "alice@localhost/", "")
	l.stop(t)
	again := startLocal(t, l.Data) // the server's key lasts
	cli(t, "", again.chatArgs("alice")...).wants(t, 0, "alice@localhost/", "")
	again.stop(t)
}

func TestASecondChatOfOneAccountIsAnotherDevice(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	one, two := l.chat(t, "alice"), l.chat(t, "alice")
	l.chat(t, "bob", "--send", "to both", "alice@localhost").end(t)
	one.message(t, "bob@localhost", "to both")
	two.message(t, "bob@localhost", "to both")
	l.stop(t)
}

func TestChatOverEveryTransport(t *testing.T) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	bob := l.chat(t, "bob")
	for transport, server := range map[string]string{"starttls": l.C2S, "tls": l.TLS, "link": l.Link} {
		l.chat(t, "alice", "--transport", transport, "--server", server, "--lang", "fi", "--send", transport, "bob@localhost").end(t)
		if e := bob.message(t, "alice@localhost", transport); e.Lang != "fi" {
			t.Errorf("%s: xml:lang %q, want fi: %s", transport, e.Lang, e.XML)
		}
	}
	t.Setenv(passwordVariable, "x")
	cli(t, "", l.chatArgs("alice", "--transport", "plain", "--server", l.C2S)...).wants(t, 1, "", "client: the server insists on TLS")
	cli(t, "", "chat", "--user", "alice@localhost", "--server", l.Link).wants(t, 1, "", "certificate") // nobody vouches for it
	l.stop(t)
}

func TestALoginThatFailsSaysWhatToDo(t *testing.T) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	t.Setenv(passwordVariable, "wrong")
	for _, test := range []struct {
		user, transport, server string
		trust                   bool
		want                    string
	}{
		{"alice@localhost", "link", l.Link, true, "not-authorized: the password is wrong, or there is no account alice@localhost\n"},
		{"alice@localhost", "starttls", l.C2S, true, "not-authorized: the password is wrong, or there is no account alice@localhost\n"},
		{"alice@localhost", "link", l.Link, false, ": --ca names the file with the certificate that it comes from\n"},
		{"alice@localhost", "tls", l.TLS, false, ": --ca names the file with the certificate that it comes from\n"},
		{"alice@example.org", "link", l.Link, true, ": example.org is not served there\n"},
		{"alice@example.org", "tls", l.TLS, true, ": it is not for example.org, the domain of --user\n"},
		{"alice@localhost", "link", nobody, true, ": is the server there? --server names another host:port\n"},
		{"alice@localhost", "link", l.C2S, true, ": does the port speak what --transport says?\n"},
		{"alice@localhost", "tls", l.Link, true, ": does the port speak what --transport says?\n"},
		{"alice@localhost", "link", "localhost", true, `--server "localhost": write host:port, as in localhost:5299`},
	} {
		args := []string{"chat", "--user", test.user, "--transport", test.transport, "--server", test.server, "--keys", ""}
		if test.trust {
			args = append(args, "--ca", l.Certificate)
		}
		cli(t, "", args...).wants(t, 1, "", test.want)
	}
	l.stop(t)
}

func TestChatComesBackAfterAKill(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	l := startLocal(t, data)
	alice, bob := l.chat(t, "alice", "--reconnect", "1h", "bob@localhost"), l.chat(t, "bob", "--reconnect", "-1s")
	alice.write(t, "before")
	alice.expect(t, "accepted", nil)
	bob.message(t, "alice@localhost", "before")
	l.kill(t)
	alice.expect(t, "disconnected", nil)
	bob.expect(t, "disconnected", nil)
	alice.write(t, "meanwhile")
	alice.expect(t, "queued", nil)
	again := startLocal(t, data, "--port", port(l.C2S), "--tls-port", port(l.TLS), "--link-port", port(l.Link))
	alice.expect(t, "accepted", nil)
	bob.message(t, "alice@localhost", "meanwhile")
	alice.write(t, "after")
	bob.message(t, "alice@localhost", "after")
	alice.end(t)
	bob.end(t)
	again.stop(t)
}

// TestChatGoesOnAfterAKill: both streams go on, over the link and over TLS; what was on its way and what is typed meanwhile arrives, in order and once.
func TestChatGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice := l.chat(t, "alice", "--reconnect", "1h", "bob@localhost")
	bob := l.chat(t, "bob", "--reconnect", "1h", "--transport", "tls", "--server", l.TLS)
	for round := range 3 {
		alice.write(t, fmt.Sprint("on its way ", round))
		l.kill(t)
		for _, p := range []*process{alice, bob} {
			p.expect(t, "disconnected", nil)
		}
		alice.write(t, fmt.Sprint("meanwhile ", round))
		l = l.startAgain(t)
		bob.expect(t, "connected", func(e event) bool { return e.Resumed })
		for _, text := range []string{"on its way ", "meanwhile "} {
			bob.message(t, "alice@localhost", fmt.Sprint(text, round))
		}
		alice.expect(t, "connected", func(e event) bool { return e.Resumed })
	}
	alice.end(t) // nothing waits to be accepted
	bob.write(t, "/quit")
	bob.wait(t)
	l.stop(t)
}

// port is that of an address.
func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

func TestContactsSeeEachOther(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	alice, bob := l.chat(t, "alice"), l.chat(t, "bob")
	from := func(name string) func(e event) bool {
		return func(e event) bool { return strings.HasPrefix(e.From, name+"@localhost") }
	}
	alice.write(t, "/add bob@localhost")
	bob.expect(t, "presence", func(e event) bool { return e.Type == "subscribe" && from("alice")(e) })
	bob.write(t, "/accept alice@localhost")
	alice.expect(t, "presence", func(e event) bool { return e.Type == "" && from("bob")(e) })
	alice.write(t, "/roster")
	alice.expect(t, "contact", func(e event) bool { return e.JID == "bob@localhost" && e.Subscription == "to" })
	bob.write(t, "/away at lunch")
	alice.expect(t, "presence", func(e event) bool { return e.Status == "at lunch" && from("bob")(e) })
	bob.write(t, "/quit")
	alice.expect(t, "presence", func(e event) bool { return e.Type == "unavailable" && from("bob")(e) })
	alice.write(t, "/dance")
	alice.expect(t, "error", func(e event) bool { return strings.Contains(e.Condition, "/dance is no command: /help shows") })
	alice.write(t, "nobody to send it to")
	alice.expect(t, "error", func(e event) bool { return strings.Contains(e.Condition, "nobody to send it to") })
	alice.write(t, "/to nobody@localhost")
	alice.write(t, "hello?")
	alice.expect(t, "error", func(e event) bool { return e.Condition == "service-unavailable" && from("nobody")(e) })
	alice.fails(t, "1 message came back with an error")
	l.stop(t)
}

func TestChatForPeople(t *testing.T) {
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	t.Setenv(passwordVariable, l.password(t, "alice"))
	args := []string{"chat", "--user", "alice@localhost", "--server", l.Link, "--ca", l.Certificate, "--keys", l.keys}
	r := cli(t, "hello \u009b31mred\n//slash\nbell \a\n", append(args, "bob@localhost")...)
	r.wants(t, 0, "connected as alice@localhost/", "")
	for _, want := range []string{"✗ not sent: it has characters that XMPP cannot carry", "… to bob@localhost: hello ␥31mred\n", "✓ to bob@localhost: hello ␥31mred\n", "✓ to bob@localhost: /slash\n"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %q in\n%s", want, r.out)
		}
	}
	cli(t, "", append(args, "--wait", "1", "--timeout", "200ms")...).wants(t, 1, "", "0 of 1 message came in time")
	l.stop(t)
}

func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	var want []string
	for round := range 3 {
		l := startLocal(t, data)
		alice := l.chat(t, "alice", "bob@localhost")
		for n := range 20 {
			text := fmt.Sprintf("round %d, message %d", round, n)
			alice.write(t, text)
			want = append(want, text)
		}
		for range 20 {
			alice.expect(t, "accepted", nil)
		}
		l.kill(t)
		alice.wait(t)
	}
	l := startLocal(t, data)
	bob := l.chat(t, "bob", "--wait", fmt.Sprint(len(want)))
	for _, text := range want { // all, in order, none twice
		bob.message(t, "alice@localhost", text)
	}
	bob.end(t)
	cli(t, "", l.chatArgs("bob", "--once", "--timeout", "300ms")...).wants(t, 1, "", "0 of 1 message came in time")
	cli(t, "", "verify", "--data", data).wants(t, 0, ", 0 faults", "")
	l.stop(t)
}
