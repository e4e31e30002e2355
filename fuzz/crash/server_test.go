package crash

import (
	"context"
	"crypto/tls"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/xep"
)

// trustAnyone is for the link's statement: the key of the server in this process is not in question.
var trustAnyone = &tls.Config{InsecureSkipVerify: true}

// keptBytes is how much of an archive a server that trims keeps: some hundred entries.
const keptBytes = 100_000

// readBefore tells whether the older half of every archive was there when readBefore was called. The history has those entries (see recall): the oldest tenth may be deleted.
func readBefore(t *testing.T, s *store.Store) (tell func() bool) {
	var last [people]uint64
	for i := range last {
		b, err := s.ArchiveBounds(daemon.Account(i))
		must(t, err)
		last[i] = b.Last
	}
	return func() bool {
		for i := range last {
			b, err := s.ArchiveBounds(daemon.Account(i))
			if err != nil || b.Last-last[i] > b.Entries/2 { // an error: its power is gone
				return false
			}
		}
		return true
	}
}

// discard is nobody's log.
var discard = slog.New(slog.DiscardHandler)

// start starts a server on the disk, with roads to it. With trims, it deletes old messages all the time.
func start(t *testing.T, disk *store.Memory, o store.Options, trims bool, home string, seed uint64) *server {
	t.Helper()
	s, err := store.OpenMemory(disk, o)
	must(t, err)
	h, err := host.New(daemon.Domain, router.New(xmltext.Encoder{}, compact.Encoder{}), s, discard, time.Now())
	must(t, err)
	options := im.Options{Parse: func(stored []byte, t *codec.Tree) error { return compact.Parse(stored, t, nil) }, Now: time.Now}
	if trims {
		options.ArchiveBytes = keptBytes
	}
	archives := im.New(h, options)
	h.Hosts = host.Hosts{daemon.Domain: h}
	xep.Register(h, xep.Config{})
	e, err := edge.New(edge.Config{Logger: discard, StanzaRate: -1, ByteRate: -1})
	must(t, err)
	// Few streams without a connection stay in memory: that of others is only what the disk has.
	streams := c2s.NewStreams(c2s.StreamsConfig{Parked: 2})
	sessions := &c2s.Server{Hosts: h.Hosts, Log: discard, Plaintext: true, Streams: streams}
	plain, err := e.Listen(edge.Listener{Kind: edge.C2S, Address: home + ":0", NewMachine: sessions.NewSession})
	must(t, err)
	secret, err := s.Secret("link")
	must(t, err)
	key, err := link.LoadKey(secret)
	must(t, err)
	linked, err := e.Listen(edge.Listener{Kind: edge.Link, Address: home + ":0", NewMachine: sessions.NewSession, Link: &link.ServerConfig{
		Static: key, Dictionary: pack.Dictionary(),
		Statement: func(string) ([]byte, error) { return []byte{1}, nil },
		Home: func(key []byte) (string, bool) {
			_, ok, err := s.DeviceByKey([32]byte(key))
			return daemon.Domain, ok && err == nil
		},
		Fresh: func(key []byte, _ string, counter uint64) (archiveid.Key, bool) {
			account, fresh, err := h.FreshAttempt(key, counter)
			if err != nil || !fresh {
				return archiveid.Key{}, false
			}
			return h.ArchiveKey(account), true
		},
	}})
	must(t, err)
	sweep := every(2*time.Millisecond, func() { streams.Sweep(time.Now(), sessions.Hosts) })
	var trimming atomic.Bool
	trim := func() {}
	if trims {
		known := readBefore(t, s)
		trim = every(2*time.Millisecond, func() {
			trimming.Store(true)
			defer trimming.Store(false)
			if !known() {
				return
			}
			archives.Sweep(context.Background(), time.Now())
		})
	}
	roads := [2]way{newWay(t, seed, plain.String()), newWay(t, seed+1, linked.String())}
	return &server{store: s, plain: roads[0].address(), link: roads[1].address(), trimming: &trimming, dark: func() {
		roads[0].darken()
		roads[1].darken()
	}, stop: func() {
		roads[0].close()
		roads[1].close()
		e.Close()
		sweep()
		trim()
		s.Close()
	}}
}

// every calls f again and again until stop is called, which waits for the last call.
func every(d time.Duration, f func()) (stop func()) {
	ticker, done, ended := time.NewTicker(d), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(done)
		<-ended
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
