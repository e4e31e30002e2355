package chat

import (
	"errors"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/server"
	"github.com/godwit-im/godwit/xmpp/client"
)

func TestTheLinkHasAPortByCustom(t *testing.T) {
	for _, test := range []struct {
		mode         client.Mode
		server, want string
	}{
		{client.Link, "", "localhost:5299"},
		{client.Link, "127.0.0.1:1", "127.0.0.1:1"},
		{client.StartTLS, "", ""}, // xmpp/client knows
	} {
		d, err := NewDialer(&Config{User: alice.Bare(), Mode: test.mode, Server: test.server})
		if err != nil || d.client.Address != test.want {
			t.Errorf("%q, want %q (%v)", d.client.Address, test.want, err)
		}
	}
}

func TestThePasswordIsAskedForOnce(t *testing.T) {
	s := startServer(t)
	var asked []bool
	d, err := NewDialer(&Config{User: alice.Bare(), Mode: client.Link, Server: s.Addr(0).String(), Insecure: true, Password: func(mayAsk bool) (string, error) {
		asked = append(asked, mayAsk)
		return "alice", nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		conn, err := d.Dial(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		conn.Abort()
	}
	if len(asked) != 1 || !asked[0] {
		t.Errorf("asked %v, want once", asked)
	}
}

// TestNobodyIsAskedWhileTheyType is about a device that the server has forgotten meanwhile.
func TestNobodyIsAskedWhileTheyType(t *testing.T) {
	s := startServer(t)
	cfg := &Config{User: alice.Bare(), Mode: client.Link, Server: s.Addr(0).String(), Insecure: true, Keys: t.TempDir()}
	cfg.Password = func(mayAsk bool) (string, error) {
		if !mayAsk {
			return "", errWanted
		}
		return "alice", nil
	}
	first, err := NewDialer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	dial(t, first)
	first.Close()
	second, err := NewDialer(cfg) // logs in by the key
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	dial(t, second)
	forgetDevices(t, s)
	if _, err := second.Dial(t.Context(), nil); !errors.Is(err, errWanted) {
		t.Errorf("got %v", err)
	}
}

var errWanted = errors.New("the password is wanted")

func dial(t *testing.T, d *Dialer) {
	t.Helper()
	conn, err := d.Dial(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.Abort()
}

// forgetDevices sets alice's password anew, as it was.
func forgetDevices(t *testing.T, s *server.Server) {
	t.Helper()
	if _, err := s.Room().Do(t.Context(), admin.Request{Do: admin.SetPasswd, JID: "alice@localhost", Password: "alice"}); err != nil {
		t.Fatal(err)
	}
}

// TestAServerIsHeldToWhatItHad, by the file of the keys: a device that it has forgotten gives it the password by no weaker mechanism.
func TestAServerIsHeldToWhatItHad(t *testing.T) {
	s := startServer(t)
	cfg := &Config{
		User: alice.Bare(), Mode: client.Link, Server: s.Addr(0).String(), Insecure: true, Keys: t.TempDir(),
		Password: func(bool) (string, error) { return "alice", nil },
	}
	d, err := NewDialer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	dial(t, d)
	d.Close()
	if d, err = NewDialer(cfg); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if known := d.client.Known; known == nil || known.Mechanism != "SCRAM-SHA-512-PLUS" || !known.SASL2 {
		t.Fatalf("of the server is known %+v", known)
	}
	forgetDevices(t, s)
	d.client.Mechanisms = []string{"SCRAM-SHA-1"}
	if _, err := d.Dial(t.Context(), nil); !errors.Is(err, client.ErrDowngrade) || !strings.Contains(err.Error(), "remove the account's file") {
		t.Errorf("got %v", err)
	}
}
