package xmpptest

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Password is the password of every account.
const Password = "secret"

// Server makes what runs on a store. It is called when a World begins, and after each restart.
type Server func(domain string, s *store.Store, now func() time.Time, log *slog.Logger) (Instance, error)

// Instance is a server that runs.
type Instance struct {
	NewMachine func() stream.Machine // makes the machine of each connection
	Sweep      func(now time.Time)   // does what is due whenever time has passed; nil: nothing is
}

// World is a server and its clients. It belongs to one goroutine.
type World struct {
	t        testing.TB
	domain   string
	server   Server
	memory   *store.Memory
	store    *store.Store
	instance Instance
	accounts []string // by their names
	now      time.Time
	clock    sync.Mutex // guards now for the store's goroutines
	log      *slog.Logger

	probe   Probe
	cid     uint64
	conns   []*conn
	clients map[string]*Client
	scratch codec.Scratch
	out     stream.Output
}

// New starts a server on an empty disk, which ends with the test.
func New(t testing.TB, domain string, server Server) *World {
	return begin(t, domain, server, store.NewMemory(), Probe{})
}

func begin(t testing.TB, domain string, server Server, disk *store.Memory, p Probe) *World {
	w := &World{
		t: t, domain: domain, server: server, probe: p,
		memory:  disk,
		now:     time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
		clients: make(map[string]*Client),
		log:     slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	w.start()
	t.Cleanup(func() { w.store.Close() })
	return w
}

// testLog writes what the server logs as errors into the test's log.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(string(p))
	return len(p), nil
}

func (w *World) start() {
	var err error
	open := w.probe.Open
	if open == nil {
		open = store.OpenMemory
	}
	w.store, err = open(w.memory, store.Options{Logger: w.log, Now: w.Now})
	if err == nil {
		w.instance, err = w.server(w.domain, w.store, w.Now, w.log)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Now is the clock of the World.
func (w *World) Now() time.Time {
	w.clock.Lock()
	defer w.clock.Unlock()
	return w.now
}

// Store returns the store as it is now: after a restart it is another one.
func (w *World) Store() *store.Store { return w.store }

// JID returns the address of a name: a localpart, or one with a resource.
func (w *World) JID(name string) jid.JID {
	local, rest, full := cutName(name)
	if full {
		rest = "/" + rest
	}
	return jid.MustParse(local + "@" + w.domain + rest)
}

var credentials = sync.OnceValues(func() ([]byte, error) {
	c, err := sasl.NewCredentials(Password, sasl.MinIterations, nil)
	if err != nil {
		return nil, err
	}
	return c.MarshalBinary()
})

// Account makes an account.
func (w *World) Account(name string) {
	w.accounts = append(w.accounts, name)
	c, err := credentials()
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(func(tx *store.Tx) error {
		return tx.PutAccount(w.JID(name), store.Account{Credentials: c, Created: w.Now()})
	})
}

// Import makes an account with the keys that another server has had of its password (sasl.ParseKeys).
func (w *World) Import(name, keys string) {
	c, err := sasl.ParseKeys(keys)
	if err != nil {
		w.t.Fatal(err)
	}
	stored, err := c.MarshalBinary()
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(func(tx *store.Tx) error {
		return tx.PutAccount(w.JID(name), store.Account{Credentials: stored, Created: w.Now()})
	})
}

// Roster puts an item into a roster.
func (w *World) Roster(owner string, item store.RosterItem) {
	w.do(func(tx *store.Tx) error {
		_, err := tx.PutRosterItem(w.JID(owner), item)
		return err
	})
}

func (w *World) do(f func(tx *store.Tx) error) {
	if err := w.store.Do(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

// Run runs until nothing is left to do: no input is waiting, no commit is on its way.
func (w *World) Run() {
	for idle := 0; idle < 3; { // an operation that was committed may have led to another, and that to one more
		w.do(func(*store.Tx) error { return nil }) // the committer has come to here
		idle++
		for w.runOnce() {
			idle = 0
		}
	}
}

// runOnce gives each connection one input, and reports whether there was any.
func (w *World) runOnce() (any bool) {
	for _, c := range w.conns {
		if in, ok := c.next(); ok {
			any = true
			c.step(in)
		}
	}
	w.conns = slices.DeleteFunc(w.conns, func(c *conn) bool { return c.done })
	return any
}

// Sleep lets time pass, and runs the timers that are due meanwhile in their order.
func (w *World) Sleep(d time.Duration) {
	until := w.now.Add(d)
	for {
		var next *conn
		for _, c := range w.conns {
			if !c.timer.IsZero() && !c.timer.After(until) && (next == nil || c.timer.Before(next.timer)) {
				next = c
			}
		}
		if next == nil {
			break
		}
		w.setNow(later(w.now, next.timer))
		next.timer = time.Time{}
		next.step(stream.Input{Kind: stream.Tick})
		w.Run()
	}
	w.setNow(until)
	if w.instance.Sweep != nil {
		w.instance.Sweep(until)
	}
	w.Run()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (w *World) setNow(t time.Time) {
	w.clock.Lock()
	defer w.clock.Unlock()
	w.now = t
}

// Restart stops the server in order and starts it again on the same disk.
func (w *World) Restart() {
	for _, c := range slices.Clone(w.conns) {
		c.step(stream.Input{Kind: stream.Shutdown})
	}
	w.Run()
	w.end()
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
	w.start()
}

// Crash starts the server again with what would be left of its disk after a power cut now; seed picks what is kept of that which was not synced.
func (w *World) Crash(seed uint64) {
	old, left := w.store, w.memory.Crash(seed)
	w.end()
	if err := old.Close(); err != nil {
		w.t.Error(err)
	}
	w.memory = left
	w.start()
}

// end forgets all connections.
func (w *World) end() {
	for _, c := range w.conns {
		c.mu.Lock()
		c.done, c.deaf = true, true
		c.mu.Unlock()
	}
	w.conns = nil
}
