package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/load"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestPeers starts those that are installed, and has clients write to each other through them; more than once, since a server may be started again.
func TestPeers(t *testing.T) {
	for _, k := range Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			if _, err := k.Version(); errors.Is(err, ErrMissing) {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			for _, archive := range []bool{false, true} {
				c := Config{Folder: t.TempDir(), Domain: "localhost", Accounts: 4, Password: "correct horse", Archive: archive}
				s, err := k.New(c)
				if err != nil {
					t.Fatal(err)
				}
				modes := []client.Mode{client.Plain, client.DirectTLS, client.StartTLS}
				if archive { // which has nothing to do with the transport
					modes = modes[:1]
				}
				for _, mode := range modes {
					talk(t, s, &c, mode)
				}
				if archived := slices.ContainsFunc(s.Settings(), func(line string) bool { return strings.Contains(line, "mam") }); archived != archive {
					t.Errorf("archive %v: %q", archive, s.Settings())
				}
			}
		})
	}
}

// TestPeersKeepMessagesAndRosters has messages stored and fetched, and presence shown to the contacts of rosters that are there from the start, with one certificate for all.
func TestPeersKeepMessagesAndRosters(t *testing.T) {
	certificate, err := NewCertificate("localhost")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			if _, err := k.Version(); errors.Is(err, ErrMissing) {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			c := Config{
				Folder: t.TempDir(), Domain: "localhost", Accounts: 6, Password: "correct horse", Offline: true, Certificate: certificate,
				Contacts: func(i int) []int { first := i - i%3; return []int{first + (i+1)%3, first + (i+2)%3} },
			}
			s, err := k.New(c)
			if err != nil {
				t.Fatal(err)
			}
			serve(t, s, func(ctx context.Context) error {
				r, err := load.Offline(ctx, load.OfflineConfig{Config: loadOf(s, &c, client.Plain), Waiting: 9, Window: 4, Body: 50})
				if r.Wrong.Any() || err == nil && (r.Stored.Latency.Count != 27 || r.Fetched.Latency.Count != 3) {
					t.Errorf("%+v", r)
				}
				return err
			})
			serve(t, s, func(ctx context.Context) error {
				r, err := load.Presence(ctx, load.PresenceConfig{Config: loadOf(s, &c, client.Plain), Contacts: 2, Status: 50, Duration: 300 * time.Millisecond})
				if r.Wrong.Any() || err == nil && r.Delivered == 0 {
					t.Errorf("%+v", r)
				}
				return err
			})
			serve(t, s, func(ctx context.Context) error {
				r, err := load.Storm(ctx, loadOf(s, &c, client.DirectTLS))
				if err == nil && r.Latency.Count != 6 {
					t.Errorf("%+v", r)
				}
				return err
			})
			kept, err := tls.LoadX509KeyPair(c.path("both.pem"), c.path("both.pem"))
			if own, err2 := tls.X509KeyPair(certificate.Chain, certificate.Key); err != nil || err2 != nil || !kept.Leaf.Equal(own.Leaf) {
				t.Errorf("the certificate is another one: %v, %v", err, err2)
			}
		})
	}
}

// serve calls f while the server runs.
func serve(t *testing.T, s Server, f func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := s.Start(ctx)
	if err == nil {
		err = f(ctx)
	}
	if err := errors.Join(err, s.Stop()); err != nil {
		t.Fatal(err)
	}
}

func loadOf(s Server, c *Config, mode client.Mode) load.Config {
	return load.Config{
		Address: s.Address(mode), Mode: mode, Sessions: c.Accounts, Password: c.Password, PID: s.PID(),
		Account: func(i int) jid.JID { return jid.MustParse("user" + string(rune('0'+i)) + "@" + c.Domain) },
	}
}

func talk(t *testing.T, s Server, c *Config, mode client.Mode) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := s.Start(ctx)
	var pid int
	if err == nil {
		pid = s.PID()
		var r load.ChatResult
		r, err = load.Chat(ctx, load.ChatConfig{
			Config: loadOf(s, c, mode),
			Talk:   load.Talk{Window: 2, Body: 50, Duration: 300 * time.Millisecond},
		})
		if r.Wrong.Any() || err == nil && r.Delivered == 0 {
			t.Errorf("mode %d: %+v", mode, r.Wrong)
		}
	}
	if err := errors.Join(err, s.Stop(), s.Stop()); err != nil {
		t.Fatalf("mode %d: %v", mode, err)
	}
	if syscall.Kill(pid, 0) == nil {
		t.Error("it still runs")
	}
}

func TestMissingPeersTellHowToInstallThem(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, k := range Kinds() {
		if _, err := k.Version(); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), k.Install) {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
	if _, err := Find("nobody"); err == nil || !strings.Contains(err.Error(), "ejabberd, prosody") {
		t.Error(err)
	}
}

func TestAServerThatDoesNotComeUpSaysWhy(t *testing.T) {
	k, err := Find("prosody")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Version(); errors.Is(err, ErrMissing) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	c := Config{Folder: t.TempDir(), Domain: "localhost", Accounts: 1, Password: "x"}
	s, err := k.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.path("prosody.cfg.lua"), []byte("this is no configuration"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Start(ctx); err == nil || !strings.Contains(err.Error(), "does not come up") {
		t.Error(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}
