package c2s_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

const header = "<stream:stream to='example.org' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

// begin returns a client of romeo's that has opened a stream over TLS.
func begin(t *testing.T) (*xmpptest.World, *xmpptest.Client) {
	t.Helper()
	w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{}))
	w.Account("romeo")
	c := w.ConnectBy("romeo/orchard", xmpptest.Transport{TLS: true})
	c.Send(header)
	received(c)
	return w, c
}

// TestPolicyOfMechanisms: what a host does not allow is not offered, nor what goes with it, and nothing is offered empty (XEP-0388 §2.1, XEP-0440 §3).
func TestPolicyOfMechanisms(t *testing.T) {
	const cb, mechanisms, authentication, fast = "<sasl-channel-binding", "<mechanisms", "<authentication", "<fast"
	all := []string{cb, mechanisms, authentication, fast}
	for _, c := range []struct {
		allowed []string
		tls     bool
		want    []string
	}{
		{nil, true, all},
		{[]string{"SCRAM-SHA-256-PLUS"}, true, []string{cb, mechanisms, authentication}},
		{[]string{"SCRAM-SHA-256", "HT-SHA-256-EXPR"}, true, []string{mechanisms, authentication, fast}},
		{[]string{"PLAIN"}, true, []string{mechanisms, authentication}},
		{[]string{"PLAIN"}, false, nil},
		{[]string{"HT-SHA-256-NONE"}, true, nil},
		{[]string{}, true, nil},
	} {
		w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{Plaintext: true}, func(h *host.Host) { h.Mechanisms = c.allowed }))
		w.Account("romeo")
		client := w.ConnectBy("romeo/orchard", xmpptest.Transport{TLS: c.tls})
		client.Send(header)
		got := received(client)
		for _, feature := range all {
			if strings.Contains(got, feature) != slices.Contains(c.want, feature) {
				t.Errorf("%v, TLS %v: %s", c.allowed, c.tls, got)
			}
		}
	}
}

// TestNothingInCommon: an account whose keys the host's mechanisms have no use for is offered what others are, and is as unknown.
func TestNothingInCommon(t *testing.T) {
	w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{}, func(h *host.Host) { h.Mechanisms = []string{"SCRAM-SHA-256"} }))
	w.Import("romeo", "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=")
	features := func(name string) (*xmpptest.Client, string) {
		c := w.ConnectBy(name+"/orchard", xmpptest.Transport{TLS: true})
		c.Send(strings.Replace(header, " to=", " from='"+name+"@example.org' to=", 1))
		_, s, _ := strings.Cut(received(c), "<stream:features")
		return c, s
	}
	c, got := features("romeo")
	if _, want := features("nobody"); got != want || !strings.Contains(got, "<mechanism>SCRAM-SHA-256<") {
		t.Errorf("%s, want %s", got, want)
	}
	must(t, c.AuthenticateSASL2("SCRAM-SHA-256", "pencil", "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"))
	if got := received(c); !strings.Contains(got, "<not-authorized") {
		t.Error(got)
	}
}

// change changes romeo's account.
func change(t *testing.T, w *xmpptest.World, f func(a *store.Account)) {
	t.Helper()
	must(t, w.Store().Do(context.Background(), func(tx *store.Tx) error {
		a, _, err := tx.Account(w.JID("romeo"))
		if err != nil {
			return err
		}
		f(&a)
		return tx.PutAccount(w.JID("romeo"), a)
	}))
}

func disable(a *store.Account) { a.Disabled = true }

// TestDisabledAccount: the password has to be right before anybody is told (RFC 6120 §6.5.2).
func TestDisabledAccount(t *testing.T) {
	for password, want := range map[string]string{xmpptest.Password: "<account-disabled/>", "wrong": "<not-authorized/>"} {
		w, c := begin(t)
		change(t, w, disable)
		must(t, c.Authenticate("SCRAM-SHA-256", password))
		if got := received(c); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", password, got, want)
		}
	}
}

// TestAccountIsDisabledBeforeTheBinding: a login that does not hold any more binds nothing.
func TestAccountIsDisabledBeforeTheBinding(t *testing.T) {
	w, c := begin(t)
	must(t, c.Authenticate("PLAIN", xmpptest.Password))
	c.Send(header)
	received(c)
	change(t, w, disable)
	c.Send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
	if got := received(c); !strings.Contains(got, "<not-authorized ") || strings.Contains(got, "<jid>") {
		t.Error(got)
	}
}

// TestCredentialsCannotBeRead: what is no fault of the client is no failed password (RFC 6120 §6.5.11).
func TestCredentialsCannotBeRead(t *testing.T) {
	w, c := begin(t)
	change(t, w, func(a *store.Account) { a.Credentials = []byte("?") })
	c.Send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHNlY3JldA==</auth>")
	if got := received(c); !strings.Contains(got, "<temporary-auth-failure/>") {
		t.Error(got)
	}
}

// TestArchiveCannotBeRead: the stream ends, rather than to pass over messages.
func TestArchiveCannotBeRead(t *testing.T) {
	w := newWorld(t)
	bob := w.join(t, "bob@localhost/b", 0)
	bob.feedAll("<presence type='unavailable'/>")
	must(t, w.host.Store.Close())
	if out := bob.feedAll("<presence/>"); !strings.Contains(out, "<internal-server-error ") || !strings.HasSuffix(out, "</stream:stream>") {
		t.Error(out)
	}
}

// TestTokenIsRevoked: a token is gone with the password, with its agent, and with the account; and nobody is told why.
func TestTokenIsRevoked(t *testing.T) {
	const agent = "d4565fa7-4d72-4749-b3d3-740edbf87770"
	const inline = "<user-agent xmlns='urn:xmpp:sasl:2' id='" + agent + "'/>"
	for name, revoke := range map[string]func(tx *store.Tx, j jid.JID) error{
		"nothing": func(*store.Tx, jid.JID) error { return nil },
		"password": func(tx *store.Tx, j jid.JID) error {
			return tx.PutAccount(j, store.Account{Credentials: []byte("others")})
		},
		"agent":   func(tx *store.Tx, j jid.JID) error { return host.RemoveAgent(tx, j, agent) },
		"account": func(tx *store.Tx, j jid.JID) error { return tx.DeleteAccount(j) },
	} {
		w, c := begin(t)
		must(t, c.AuthenticateSASL2("PLAIN", xmpptest.Password, inline+"<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-EXPR'/>"))
		_, rest, _ := strings.Cut(received(c), " token='")
		token, _, _ := strings.Cut(rest, "'")
		must(t, w.Store().Do(context.Background(), func(tx *store.Tx) error { return revoke(tx, w.JID("romeo")) }))
		again := w.ConnectBy("romeo/again", xmpptest.Transport{TLS: true})
		must(t, again.Pipeline("HT-SHA-256-EXPR", token, inline+"<fast xmlns='urn:xmpp:fast:0'/>"))
		want := "<not-authorized "
		if name == "nothing" {
			want = "<success "
		}
		if got := received(again); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestTokenIsRevokedBeforeTheBinding: who was let in by a token is out when its agent is forgotten, and binds and resumes nothing. A token that was used up
// with the login is none that was revoked.
func TestTokenIsRevokedBeforeTheBinding(t *testing.T) {
	const agent = "d4565fa7-4d72-4749-b3d3-740edbf87770"
	const inline = "<user-agent xmlns='urn:xmpp:sasl:2' id='" + agent + "'/>"
	const bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
	const resume = "<resume xmlns='urn:xmpp:sm:3' h='0' previd='AAAAAAAAAAAAAAAAAAAAAA'/>"
	for _, test := range []struct {
		what, fast, next, want string
		forget                 bool
	}{
		{"bind", "", bind, "<not-authorized", true},
		{"resume", "", resume, "<not-authorized", true},
		{"bind with the last login", " invalidate='true'", bind, "<jid>", false},
		{"resume with the last login", " invalidate='true'", resume, "<item-not-found", false},
	} {
		w, c := begin(t)
		must(t, c.AuthenticateSASL2("PLAIN", xmpptest.Password, inline+"<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>"))
		_, rest, _ := strings.Cut(received(c), " token='")
		token, _, _ := strings.Cut(rest, "'")
		again := w.ConnectBy("romeo/again", xmpptest.Transport{TLS: true})
		must(t, again.Pipeline("HT-SHA-256-NONE", token, inline+"<fast xmlns='urn:xmpp:fast:0'"+test.fast+"/>"))
		received(again)
		if test.forget {
			must(t, w.Store().Do(context.Background(), func(tx *store.Tx) error { return host.RemoveAgent(tx, w.JID("romeo"), agent) }))
		}
		again.Send(test.next)
		if got := received(again); !strings.Contains(got, test.want) {
			t.Errorf("%s: %s, want %s", test.what, got, test.want)
		}
	}
}

// TestAccountIsChangedDuringATask: keys of the old password never come to the new one, nor to an account that is disabled or gone (XEP-0480 §3).
func TestAccountIsChangedDuringATask(t *testing.T) {
	const keys = "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE="
	const hash = "<task-data xmlns='urn:xmpp:sasl:2'><hash xmlns='urn:xmpp:scram-upgrade:0'>BzOnw3Pc5H4bOLlPZ/8JAy6wnTpH05aH21KW2+Xfpaw=</hash></task-data>"
	for name, f := range map[string]func(w *xmpptest.World){
		"a new password": func(w *xmpptest.World) { w.Import("romeo", strings.Replace(keys, "QSXC", "QSXD", 1)) },
		"disabled":       func(w *xmpptest.World) { change(t, w, disable) },
		"gone": func(w *xmpptest.World) {
			must(t, w.Store().Do(context.Background(), func(tx *store.Tx) error { return tx.DeleteAccount(w.JID("romeo")) }))
		},
	} {
		w := xmpptest.New(t, xmpptest.Domain, server(c2s.Server{}))
		w.Import("romeo", keys)
		c := w.ConnectBy("romeo/orchard", xmpptest.Transport{TLS: true})
		c.Send(strings.Replace(header, " to=", " from='romeo@example.org' to=", 1))
		received(c)
		must(t, c.AuthenticateSASL2("SCRAM-SHA-1-PLUS", "pencil", "<bind xmlns='urn:xmpp:bind:0'/><upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"))
		c.Send("<next xmlns='urn:xmpp:sasl:2' task='UPGR-SCRAM-SHA-256'/>")
		if got := received(c); !strings.Contains(got, "<salt ") {
			t.Fatalf("%s: %s", name, got)
		}
		f(w)
		before, _, err := w.Store().Account(w.JID("romeo"))
		must(t, err)
		c.Send(hash)
		if got := received(c); !strings.Contains(got, "<not-authorized") || strings.Contains(got, "<success") {
			t.Errorf("%s: %s", name, got)
		}
		if after, _, err := w.Store().Account(w.JID("romeo")); err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%s: the account was changed: %v", name, err)
		}
	}
}

// TestAccountIsChangedDuringSASL2: what is revoked while the login is under way binds nothing.
func TestAccountIsChangedDuringSASL2(t *testing.T) {
	w, c := begin(t)
	c.Send("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><bind xmlns='urn:xmpp:bind:0'/></authenticate>")
	received(c)
	change(t, w, disable)
	c.Send("<response xmlns='urn:xmpp:sasl:2'>AHJvbWVvAHNlY3JldA==</response>")
	if got := received(c); !strings.Contains(got, "<account-disabled ") || strings.Contains(got, "<bound") {
		t.Error(got)
	}
}
