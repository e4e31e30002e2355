package session

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

const (
	domain = "example.org"
	// stanzaBytes is how large a stanza may be.
	stanzaBytes = 10_000
	maxSessions = 4
)

// oldKeys are those of an account that has only keys of SCRAM-SHA-1: RFC 5802 §5, the password is "pencil".
const oldKeys = "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE="

// linkKeys are the keys that log in over the link.
var linkKeys = map[string]byte{"bob": 1, "carol": 2, "alice": 3}

// newServer returns the server with small limits, so that they are met. Machines are made by wrap of the real ones. What it logs as an error goes to complain.
func newServer(wrap func(stream.Machine) stream.Machine, complain func(string)) xmpptest.Server {
	return func(domain string, s *store.Store, now func() time.Time, _ *slog.Logger) (xmpptest.Instance, error) {
		log := slog.New(errorLog{complain})
		r := router.New(xmltext.Encoder{}, compact.Encoder{})
		r.MaxSessions = maxSessions
		h, err := host.New(domain, r, s, log, now())
		if err != nil {
			return xmpptest.Instance{}, err
		}
		h.Limits = &codec.Limits{Bytes: stanzaBytes, Depth: 16}
		parse := func(stored []byte, t *codec.Tree) error { return compact.Parse(stored, t, &codec.Limits{}) }
		im.New(h, im.Options{Parse: parse, Now: now, PageSize: 3, MaxRoster: 20})
		h.Hosts = host.Hosts{domain: h}
		xep.Register(h, xep.Config{})
		srv := &c2s.Server{
			Hosts: h.Hosts, Log: log, StartTLS: true, MaxUnacked: 5, MaxHeld: 3, Compression: []string{"zlib", "godwit-deflate-1"},
			Streams: c2s.NewStreams(c2s.StreamsConfig{Max: time.Hour, Parked: 2}),
		}
		sweep := func(now time.Time) { srv.Streams.Sweep(now, srv.Hosts) }
		return xmpptest.Instance{NewMachine: func() stream.Machine { return wrap(srv.NewSession()) }, Sweep: sweep}, nil
	}
}

// errorLog is a slog.Handler that takes errors only.
type errorLog struct{ complain func(string) }

func (l errorLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }
func (l errorLog) WithAttrs([]slog.Attr) slog.Handler               { return l }
func (l errorLog) WithGroup(string) slog.Handler                    { return l }

func (l errorLog) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	l.complain(text)
	return nil
}

// prepared is a disk with the accounts, made once.
var prepared = sync.OnceValues(func() (*store.Memory, error) {
	disk := store.NewMemory()
	s, err := store.OpenMemory(disk, store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	c, err := sasl.NewCredentials(xmpptest.Password, sasl.MinIterations, nil)
	if err != nil {
		return nil, err
	}
	old, err := sasl.ParseKeys(oldKeys)
	if err != nil {
		return nil, err
	}
	return disk, s.Do(context.Background(), func(tx *store.Tx) error {
		for name, c := range map[string]sasl.Credentials{"alice": c, "bob": c, "carol": c, "dora": old} {
			if err := addAccount(tx, name, c); err != nil {
				return err
			}
		}
		return nil
	})
})

func addAccount(tx *store.Tx, name string, c sasl.Credentials) error {
	credentials, err := c.MarshalBinary()
	if err != nil {
		return err
	}
	account := jid.MustParse(name + "@" + domain)
	if err := tx.PutAccount(account, store.Account{Credentials: credentials}); err != nil {
		return err
	}
	key, ok := linkKeys[name]
	if !ok {
		return nil
	}
	d := store.Device{Account: account, ID: "device"}
	for i := range d.Key {
		d.Key[i] = key
	}
	return tx.PutDevice(d)
}

// newDisk returns a disk with the accounts.
func newDisk(t testing.TB) *store.Memory {
	disk, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	return disk.Crash(0) // all of it is synced
}
