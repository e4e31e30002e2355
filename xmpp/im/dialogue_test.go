package im_test

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

// parse reads what the archive holds.
func parse(stored []byte, t *codec.Tree) error { return compact.Parse(stored, t, &codec.Limits{}) }

// server is the real server, with a small page and a small roster.
func server(domain string, s *store.Store, now func() time.Time, log *slog.Logger) (xmpptest.Instance, error) {
	h, err := host.New(domain, router.New(xmltext.Encoder{}, compact.Encoder{}), s, log, now())
	if err != nil {
		return xmpptest.Instance{}, err
	}
	im.New(h, im.Options{Parse: parse, Now: now, PageSize: 3, MaxRoster: 5, MaxRequests: 2, MaxAsks: 8, MaxNameBytes: 20, MaxGroups: 3, MaxPresence: 1_000})
	srv := &c2s.Server{Hosts: host.Hosts{domain: h}, Log: log}
	return xmpptest.Instance{NewMachine: srv.NewSession}, nil
}

func TestDialogues(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/*.txt", server, *rewrite)
}
