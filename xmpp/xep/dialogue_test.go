package xep_test

import (
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
	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// parse reads what the archive holds.
func parse(stored []byte, t *codec.Tree) error { return compact.Parse(stored, t, &codec.Limits{}) }

// server is the real server.
func server(c xep.Config) xmpptest.Server {
	return func(domain string, s *store.Store, now func() time.Time, log *slog.Logger) (xmpptest.Instance, error) {
		h, err := host.New(domain, router.New(xmltext.Encoder{}, compact.Encoder{}), s, log, now())
		if err != nil {
			return xmpptest.Instance{}, err
		}
		im.New(h, im.Options{Parse: parse, Now: now})
		xep.Register(h, c)
		srv := &c2s.Server{Hosts: host.Hosts{domain: h}, Log: log}
		return xmpptest.Instance{NewMachine: srv.NewSession}, nil
	}
}

// dialogue runs testdata/name.txt.
func dialogue(t *testing.T, name string) {
	t.Helper()
	xmpptest.RunFiles(t, "testdata/"+name+".txt", server(xep.Config{Version: "1.2.3"}), *xep.Rewrite)
}
