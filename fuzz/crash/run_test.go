package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/fuzz/history"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// people is how many accounts there are, and clients how many clients each of them has.
const (
	people  = 4
	clients = 2
)

// troupe is the actors of one run.
type troupe struct {
	history  history.History
	durable  map[string]uint64     // by account, the last entry that was there after a crash
	heads    [people]atomic.Uint64 // of what they have got of their archives
	incoming map[string]uint64     // like durable, of the entries that are for the account
	actors   []*actor
	cancel   context.CancelFunc
	wg       sync.WaitGroup
	steps    atomic.Int64 // of logins
	seed     uint64
	bind2    bool // some log in so, and fetch what they have missed
	trims    bool // the server deletes the oldest entries that all clients have had
	wrapped  int  // streams whose counts were moved to shortly before 2³²
	trimmed  uint64
}

// newTroupe makes the actors, with bind2 some of them fetch what they have missed; dial makes the configuration of the next connection of account i's client k.
func newTroupe(seed uint64, bind2 bool, dial func(i, k int, keys client.LinkKeys) client.Config) *troupe {
	t := &troupe{durable: map[string]uint64{}, incoming: map[string]uint64{}, seed: seed, bind2: bind2}
	for actor := range people * clients {
		i, k := actor/clients, actor%clients
		remembered := new(sasl.ClientKeys)
		t.add(i, rand.New(rand.NewPCG(seed, uint64(actor))), string(rune('a'+k)), func(keys client.LinkKeys) client.Config {
			c := dial(i, k, keys)
			c.Keys = remembered
			return c
		})
	}
	return t
}

// add adds one of the clients of account i.
func (t *troupe) add(i int, rng *rand.Rand, name string, dial func(keys client.LinkKeys) client.Config) {
	address := daemon.Account(i)
	a := &actor{
		client: address.Local() + "/" + name, address: address, history: &t.history, rng: rng, dial: dial,
		head: &t.heads[i], steps: &t.steps, fetches: t.bind2 && byBind2(i, len(t.actors)%clients),
	}
	for k := range people {
		if k != i {
			a.others = append(a.others, daemon.Account(k))
		}
	}
	t.actors = append(t.actors, a)
}

// readIDs lets everybody know which entry an id of the store's archives is.
func (t *troupe) readIDs(s *store.Store) error {
	secret, err := host.ArchiveSecret(s)
	for _, a := range t.actors {
		a.ids = secret.Key(a.address.Bare().AppendTo(nil))
	}
	return err
}

// start lets everybody live until stop.
func (t *troupe) start() {
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel = cancel
	for _, a := range t.actors {
		t.wg.Go(func() { a.run(ctx) })
	}
}

func (t *troupe) stop() {
	t.cancel()
	t.wg.Wait()
}

const (
	// quietFor is longer than anything is under way.
	quietFor = longestLag + 100*time.Millisecond
	// catchUp is how long a client may have nothing new, and not be caught up: then something is wrong.
	catchUp = 10 * time.Second
)

// quiet lets everybody finish: nothing new is sent, all that was sent is acked, and nothing more is received. It fails when nothing happens for limit before that, or all takes
// ten times as long: who fetches a long archive by pages needs some time. The store is the server's, nil: it is not to be had.
func (t *troupe) quiet(limit time.Duration, s *store.Store) error {
	for _, a := range t.actors {
		a.close()
	}
	begin, news := time.Now(), time.Now()
	for last, since := -1, time.Now(); ; time.Sleep(5 * time.Millisecond) {
		settled := true
		for _, a := range t.actors {
			settled = settled && a.settled() && a.at.Load() == int32(online)
		}
		n := t.history.Len()
		if n != last {
			news = time.Now()
		}
		if n != last || !settled {
			last, since = n, time.Now()
		}
		switch silence := time.Since(since); {
		case silence > catchUp, s == nil && silence > 4*quietFor:
			return nil // the checker sees what is missing
		case s != nil && silence > quietFor:
			if ok, err := t.caughtUp(s); ok || err != nil {
				return err
			}
		}
		if time.Since(news) > limit || time.Since(begin) > 10*limit {
			return fmt.Errorf("not quiet after %v: %s", time.Since(begin), t.state())
		}
	}
}

// caughtUp reports whether every account has got the last message in its archive, and with it each stream that has brought any.
func (t *troupe) caughtUp(s *store.Store) (bool, error) {
	var last [people]uint64
	for i := range last {
		name := daemon.Account(i).Local()
		last[i] = t.incoming[name]
		err := s.Archive(daemon.Account(i), t.durable[name], 0, func(seq uint64, e store.Entry) bool {
			if !e.Outgoing {
				last[i] = seq
			}
			return true
		})
		if err != nil {
			return false, err
		}
	}
	for k, a := range t.actors {
		i := k / clients
		if seen := a.seen.Load(); !a.complete.Load() || seen > 0 && seen < last[i] || t.heads[i].Load() < last[i] {
			return false, nil
		}
	}
	return true, nil
}

// state says how far those are who have not finished.
func (t *troupe) state() string {
	var b strings.Builder
	for _, a := range t.actors {
		a.mu.Lock()
		if a.acked < uint64(len(a.sent)) || a.stage() < online {
			fmt.Fprintf(&b, "\n%s is %v and has %d of %d acked; its last words:\n%v", a.client, a.stage(), a.acked, len(a.sent), a.trace.Load())
		}
		a.mu.Unlock()
	}
	return b.String()
}

// counts returns how many events there are of each kind.
func (t *troupe) counts() map[history.Kind]int {
	n := map[history.Kind]int{}
	for _, e := range t.history.Events() {
		n[e.Kind]++
	}
	return n
}

// acked returns how many messages are acked.
func (t *troupe) acked() (n int) {
	for _, a := range t.actors {
		n += int(a.firstUnacked() - 1)
	}
	return n
}

// crashed adds a crash, or a loss, to the history, and what the archives hold after it: the entries that are new since the last one.
func (t *troupe) crashed(kind history.Kind, s *store.Store) error {
	events := []history.Event{{Kind: kind}}
	err := t.readArchives(s, history.Durable, t.durable, func(e history.Event) { events = append(events, e) })
	t.history.Add(events...) // at once: what a client had heard just before the crash it may note only now
	for i := range t.heads {
		lower(&t.heads[i], t.durable[daemon.Account(i).Local()])
	}
	for _, a := range t.actors {
		lower(&a.fetched, t.durable[a.address.Local()])
		lower(&a.seen, t.durable[a.address.Local()])
	}
	return err
}

// readArchives tells add what the archives hold, each from the entry behind after on, where it leaves the last one.
func (t *troupe) readArchives(s *store.Store, kind history.Kind, after map[string]uint64, add func(history.Event)) error {
	var tree codec.Tree
	for i := range people {
		account := daemon.Account(i)
		name := account.Local()
		var bad error
		err := s.Archive(account, after[name], 0, func(seq uint64, e store.Entry) bool {
			if bad = compact.Parse(e.Stanza, &tree, nil); bad != nil {
				return false
			}
			m := tree.Root()
			from, n := sender(e.From, string(stanza.OriginID(m)))
			to, _ := jid.ParseBytes(m.Attr(atom.To))
			add(history.Event{Kind: kind, Client: name, From: from, To: to.Local(), N: n, ID: seq})
			after[name] = seq
			if kind == history.Durable && to.Local() == name {
				t.incoming[name] = seq
			}
			return true
		})
		if err != nil || bad != nil {
			return fmt.Errorf("the archive of %s: %w %w", name, err, bad)
		}
	}
	return nil
}

// recall adds to the history the entries that were in an account's archive and were deleted since, if they may be: they were read after an earlier crash.
func (t *troupe) recall(s *store.Store, account jid.JID) error {
	if !t.trims {
		return nil
	}
	b, err := s.ArchiveBounds(account)
	last := uint64(0)
	for _, e := range t.history.Events() {
		if e.Kind == history.Durable && e.Client == account.Local() && e.ID < b.First {
			e.Kind = history.Archived
			last = e.ID
			t.history.Add(e)
			t.trimmed++
		}
	}
	if err == nil && b.Entries > 0 && last+1 != b.First {
		err = fmt.Errorf("the archive of %s begins with %d, and nothing is known of the entries from %d on", account, b.First, last+1)
	}
	return err
}

// judge reads the archives and reports every violation; the history is kept in a file for a look.
func (t *troupe) judge(test *testing.T, s *store.Store) (violations int) {
	test.Helper()
	for i := range people {
		if err := t.recall(s, daemon.Account(i)); err != nil {
			test.Error(err)
		}
	}
	if err := t.readArchives(s, history.Archived, map[string]uint64{}, func(e history.Event) { t.history.Add(e) }); err != nil {
		test.Error(err)
	}
	found := history.Check(t.history.Events())
	number := map[string]int{} // of violations, by promise
	for _, v := range found {
		if number[v.Promise]++; number[v.Promise] <= 3 {
			test.Error(v)
		}
	}
	for promise, n := range number {
		if n > 3 {
			test.Errorf("%s: and %d more", promise, n-3)
		}
	}
	if len(found) > 0 {
		file := filepath.Join(os.TempDir(), fmt.Sprintf("godwit-history-%d-%d.jsonl", os.Getpid(), t.seed))
		if f, err := os.Create(file); err == nil {
			defer f.Close()
			if t.history.WriteJSON(f) == nil {
				test.Logf("the history is in %s", file)
			}
		}
	}
	return len(found)
}
