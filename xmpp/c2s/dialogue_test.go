package c2s_test

import (
	"flag"
	"log/slog"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

var rewrite = flag.Bool("rewrite", false, "make the expectations of the dialogues anew")

// stanzaBytes is how large a stanza may be in dialogues.
const stanzaBytes = 2_000

// server returns the real server with small limits: three sessions per account, three unacked stanzas, two messages per page. It serves
// example.net too. The functions set what else their hosts have.
func server(srv c2s.Server, set ...func(h *host.Host)) xmpptest.Server {
	return func(domain string, s *store.Store, now func() time.Time, log *slog.Logger) (xmpptest.Instance, error) {
		r := router.New(xmltext.Encoder{}, compact.Encoder{})
		r.MaxSessions = 3
		srv := srv
		srv.Hosts, srv.Log, srv.MaxUnacked = make(host.Hosts), log, 3
		for _, domain := range []string{domain, "example.net"} {
			h, err := host.New(domain, r, s, log, now())
			if err != nil {
				return xmpptest.Instance{}, err
			}
			h.Limits = &codec.Limits{Bytes: stanzaBytes, Depth: 8}
			im.New(h, im.Options{Parse: parse, Now: now, PageSize: 2})
			for _, f := range set {
				f(h)
			}
			srv.Hosts[domain] = h
		}
		srv.Streams = c2s.NewStreams(c2s.StreamsConfig{Max: time.Hour, Parked: 5, Location: "xmpp.example.org:5222"})
		sweep := func(now time.Time) { srv.Streams.Sweep(now, srv.Hosts) }
		return xmpptest.Instance{NewMachine: srv.NewSession, Sweep: sweep}, nil
	}
}

// parse reads what the archive holds.
func parse(stored []byte, t *codec.Tree) error { return compact.Parse(stored, t, &codec.Limits{}) }

func TestDialogues(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/*.txt", server(c2s.Server{StartTLS: true}), *rewrite)
}

// TestCompressionDialogues are those of a listener that lets clients compress. The dialogues are plain text all the same: a World has no bytes between
// its ends.
func TestCompressionDialogues(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/compression/*.txt", server(c2s.Server{StartTLS: true, Compression: []string{"zlib", "godwit-deflate-1"}}), *rewrite)
}

// TestPlaintextDialogues are those of a listener on loopback, which needs no TLS.
func TestPlaintextDialogues(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/plaintext/*.txt", server(c2s.Server{StartTLS: true, Plaintext: true}), *rewrite)
}

// TestNoTLSDialogues are those of a listener that has no certificate.
func TestNoTLSDialogues(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/notls/*.txt", server(c2s.Server{Plaintext: true}), *rewrite)
}

// TestHeldDialogues are those of a listener that holds little back from clients that are inactive.
func TestHeldDialogues(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/held/*.txt", server(c2s.Server{StartTLS: true, MaxHeld: 2, MaxHeldBytes: 300}), *rewrite)
}
