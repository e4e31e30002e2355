package check

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/edge"
)

// certificate writes a self-signed certificate made at a time.
func certificate(t *testing.T, made time.Time, names ...string) config.HostConfig {
	t.Helper()
	chain, key, err := edge.SelfSigned(made, names...)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	h := config.HostConfig{Domain: "example.org", Certificate: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem")}
	for name, text := range map[string][]byte{h.Certificate: chain, h.Key: key} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func TestCertificates(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	year := now.AddDate(1, 0, 0).Sub(now)
	for _, test := range []struct {
		name string
		made time.Time
		host string
		want Finding
	}{
		{"fresh", now, "example.org", Finding{Note, "host example.org: certificate for example.org until 2027-06-01: no authority that this machine knows"}},
		{"15 days left", now.Add(15*24*time.Hour - year), "example.org", Finding{Note, "until 2026-06-16: no authority"}},
		{"13 days left", now.Add(13*24*time.Hour - year), "example.org", Finding{Note, "until 2026-06-14: 13 days are left: renew it"}},
		{"expired", now.Add(-year - time.Hour), "example.org", Finding{Bad, "it has expired: renew it"}},
		{"not yet", now.Add(2 * time.Hour), "example.org", Finding{Bad, "it begins to hold only at 2026-06-01 13:00:00: set the clock, or wait"}},
		{"another domain", now, "example.com", Finding{Bad, "certificate for example.com until 2027-06-01: it is not for this domain: get one that names it"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := certificate(t, test.made, test.host)
			var f Findings
			f.host(&h, now)
			if len(f) != 1 || f[0].Level != test.want.Level || !strings.Contains(f[0].Text, test.want.Text) {
				t.Errorf("found %v, want %v", f, test.want)
			}
		})
	}
	var f Findings
	f.host(&config.HostConfig{Domain: "example.org", Certificate: "/nowhere", Key: "/nowhere"}, now)
	if len(f) != 1 || f[0].Level != Bad || !strings.Contains(f[0].Text, "name the chain as certificate") {
		t.Errorf("no files: %v", f)
	}
}

func TestPorts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, test := range []struct {
		address string
		running bool
		want    Finding
	}{
		{taken.Addr().String(), false, Finding{Bad, "another process has this port"}},
		{taken.Addr().String(), true, Finding{OK, "in use, by the server that runs"}},
		{"127.0.0.1:0", false, Finding{OK, "the port is free"}},
		{"192.0.2.1:0", false, Finding{Bad, "correct the address"}}, // RFC 5737: nobody has it
	} {
		var f Findings
		f.listen(config.ListenConfig{Kind: "c2s", Address: test.address}, test.running)
		if len(f) != 1 || f[0].Level != test.want.Level || !strings.Contains(f[0].Text, test.want.Text) {
			t.Errorf("%s: found %v, want %v", test.address, f, test.want)
		}
	}
}

func TestData(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		data string
		free uint64
		want string
	}{
		{dir, 1, "[{ok data DIR: "},
		{filepath.Join(dir, "a", "b"), 1, "[{note data DIR/a/b will be made} {ok data DIR/a/b: "},
		{filepath.Join(file, "a"), 1, "[{bad data DIR/file/a: "},
		{file, 1, "[{bad data DIR/file: DIR/file is no folder: name another}]"},
		{dir, 1 << 62, "GiB: free some, or set store.min_free_bytes}]"},
	} {
		c := &config.Config{Data: test.data}
		c.Store.MinFreeBytes = test.free
		var f Findings
		f.data(c)
		if got := strings.ReplaceAll(fmt.Sprint([]Finding(f)), dir, "DIR"); !strings.Contains(got, test.want) {
			t.Errorf("%s: found %s, want %s", test.data, got, test.want)
		}
	}
}

func TestDescriptors(t *testing.T) {
	c := new(config.Config)
	c.Limits.MaxConnections = 1 << 40
	var f Findings
	f.descriptors(c)
	if len(f) != 1 || f[0].Level != Note || !strings.Contains(f[0].Text, "fewer than limits.max_connections") {
		t.Errorf("found %v", f)
	}
}
