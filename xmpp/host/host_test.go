package host_test

import (
	"bytes"
	"log/slog"
	"regexp"
	"slices"
	"testing"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
)

func TestNew(t *testing.T) {
	s := open(t, store.NewMemory())
	for domain, want := range map[string]string{"example.org": "example.org", "EXAMPLE.org": "example.org", "bücher.example": "bücher.example"} {
		h, err := host.New(domain, nil, s, nil, now)
		if err != nil || h.Domain.String() != want || !h.Started.Equal(now) {
			t.Errorf("%s: %v, %v", domain, h, err)
		}
	}
	for _, domain := range []string{"", "a@b", "a/b", "exa mple.org"} {
		if h, err := host.New(domain, nil, s, nil, now); err == nil {
			t.Errorf("%q is %v", domain, h.Domain)
		}
	}
}

// TestSecretIsTheSameAfterRestart, or a salt that changes would tell that there is no account.
func TestSecretIsTheSameAfterRestart(t *testing.T) {
	m := store.NewMemory()
	s := open(t, m)
	first := newHost(t, s, "example.org").Secret()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := newHost(t, open(t, m), "example.org").Secret()
	if len(first) < 16 || !bytes.Equal(first, again) {
		t.Errorf("%x, then %x", first, again)
	}
	if other := newHost(t, open(t, store.NewMemory()), "example.org").Secret(); bytes.Equal(first, other) {
		t.Error("another server has the same")
	}
}

// TestArchiveIDsStay over restarts, and in a backup; another store has other ones.
func TestArchiveIDsStay(t *testing.T) {
	juliet, romeo := jid.MustParse("juliet@example.org/balcony"), jid.MustParse("romeo@example.org")
	m := store.NewMemory()
	s := open(t, m)
	id := func(s *store.Store, account jid.JID) string {
		key := newHost(t, s, "example.org").ArchiveKey(account)
		return string(key.Append(nil, 1))
	}
	first := id(s, juliet)
	crashed := m.Crash(1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if again, after := id(open(t, m), juliet.Bare()), id(open(t, crashed), juliet); again != first || after != first {
		t.Errorf("%s, then %s, and %s after a crash", first, again, after)
	}
	dir := t.TempDir()
	disk, err := store.Open(dir+"/store", store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	other := id(disk, juliet)
	if err := disk.Backup(dir + "/backup"); err != nil {
		t.Fatal(err)
	}
	backup, err := store.Open(dir+"/backup", store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close()
	if again := id(backup, juliet); again != other {
		t.Errorf("%s, in the backup %s", other, again)
	}
	if third := id(disk, romeo); first == other || other == third {
		t.Errorf("%s of a store is %s of another, and %s of another account", first, other, third)
	}
}

func TestFind(t *testing.T) {
	org, german := new(host.Host), new(host.Host)
	hosts := host.Hosts{"example.org": org, "bücher.example": german}
	for domain, want := range map[string]*host.Host{
		"example.org": org, "EXAMPLE.ORG": org, "Example.org": org, "example.org.": org, "ｅxample.org": org,
		"bücher.example": german, "BÜCHER.example": german, "xn--bcher-kva.example": german, "ｅxample.ｏrg": org,
		"": nil, ".": nil, "example": nil, "org": nil, "example.com": nil, "a@example.org": nil, "example.org/a": nil, " example.org": nil,
	} {
		if got := hosts.Find([]byte(domain)); got != want {
			t.Errorf("%q: %p, want %p", domain, got, want)
		}
	}
	if hosts.Find(nil) != nil {
		t.Error("nothing is found for nothing")
	}
}

func TestServes(t *testing.T) {
	h := newHost(t, open(t, store.NewMemory()), "example.org")
	for address, want := range map[string]bool{
		"example.org": true, "a@example.org": true, "a@example.org/b": true, "example.org/b": true,
		"example.com": false, "a@sub.example.org": false, "example.org@example.com/example.org": false,
	} {
		if got := h.Serves(jid.MustParse(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if h.Serves(jid.JID{}) {
		t.Error("it serves nobody's address")
	}
}

func TestNewID(t *testing.T) {
	form := regexp.MustCompile(`^[A-Z2-7]{26}$`) // 26 × 5 bits
	seen := make(map[string]bool)
	for range 1000 {
		id := host.NewID()
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("%q, or twice", id)
		}
		seen[id] = true
	}
}

func TestFeaturesAndIdentities(t *testing.T) {
	h := newHost(t, open(t, store.NewMemory()), "example.org")
	h.Feature(host.Server, "s1", "s2")
	h.Feature(host.Account, "a1")
	h.Feature(host.Both, "b1")
	h.Identity(host.Identity{Scope: host.Server, Category: "server"})
	h.Identity(host.Identity{Scope: host.Account, Category: "account"})
	for scope, want := range map[host.Scope]struct{ features, identities []string }{
		host.Server:  {[]string{"s1", "s2", "b1"}, []string{"server"}},
		host.Account: {[]string{"a1", "b1"}, []string{"account"}},
		host.Both:    {[]string{"s1", "s2", "a1", "b1"}, []string{"server", "account"}},
	} {
		var features, identities []string
		h.Features(scope, func(name string) { features = append(features, name) })
		h.Identities(scope, func(i host.Identity) { identities = append(identities, i.Category) })
		if !slices.Equal(features, want.features) || !slices.Equal(identities, want.identities) {
			t.Errorf("scope %d: %v, %v", scope, features, identities)
		}
	}
}

func TestTwoHandlersForOneRequest(t *testing.T) {
	h := newHost(t, open(t, store.NewMemory()), "example.org")
	f := func(*host.Request) {}
	h.HandleIQ(atom.Get, atom.NSPing, atom.Ping, f)
	h.HandleIQ(atom.Set, atom.NSPing, atom.Ping, f)
	defer func() {
		if recover() == nil {
			t.Error("the second was taken")
		}
	}()
	h.HandleIQ(atom.Get, atom.NSPing, atom.Ping, f)
}
