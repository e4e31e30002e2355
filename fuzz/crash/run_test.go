package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
	history history.History
	durable map[string]uint64 // by account, the last entry that was there after a crash
	actors  []*actor
	cancel  context.CancelFunc
	wg      sync.WaitGroup
}

// newTroupe makes the actors; dial makes the configuration of the next connection of account i's client k.
func newTroupe(seed uint64, dial func(i, k int, keys client.LinkKeys) client.Config) *troupe {
	t := &troupe{durable: map[string]uint64{}}
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

// quiet lets everybody finish: nothing new is sent, all that was sent is acked, and nothing more is received. It fails when that does not
// happen in time.
func (t *troupe) quiet(limit time.Duration) error {
	for _, a := range t.actors {
		a.close()
	}
	silence := 300 * time.Millisecond
	if *networkName != "" {
		silence *= 5 // longer than anything is late
	}
	deadline := time.Now().Add(limit)
	for last, since := -1, time.Now(); ; time.Sleep(5 * time.Millisecond) {
		settled := true
		for _, a := range t.actors {
			settled = settled && a.settled()
		}
		if n := t.history.Len(); n != last || !settled {
			last, since = n, time.Now()
		}
		if time.Since(since) > silence {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not quiet after %v: %s", limit, t.state())
		}
	}
}

// state says how far everybody is.
func (t *troupe) state() string {
	var b strings.Builder
	for _, a := range t.actors {
		a.mu.Lock()
		fmt.Fprintf(&b, "%s has %d of %d acked; ", a.client, a.acked, len(a.sent))
		a.mu.Unlock()
	}
	return b.String()
}

func (t *troupe) sent() (n int) {
	for _, a := range t.actors {
		n += a.total()
	}
	return n
}

// resumed returns how many streams went on, and how many sessions began.
func (t *troupe) resumed() (resumed, bound int) {
	for _, e := range t.history.Events() {
		switch e.Kind {
		case history.Resumed:
			resumed++
		case history.Bound:
			bound++
		}
	}
	return resumed, bound
}

// crashed adds a crash to the history, and what the archives hold after it: the entries that are new since the last one.
func (t *troupe) crashed(s *store.Store) error {
	t.history.Add(history.Event{Kind: history.Crash})
	return t.readArchives(s, history.Durable, t.durable)
}

// readArchives adds what the archives hold to the history, each from the entry behind after on, where it leaves the last one.
func (t *troupe) readArchives(s *store.Store, kind history.Kind, after map[string]uint64) error {
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
			t.history.Add(history.Event{Kind: kind, Client: name, From: from, To: to.Local(), N: n, ID: seq})
			after[name] = seq
			return true
		})
		if err != nil || bad != nil {
			return fmt.Errorf("the archive of %s: %w %w", name, err, bad)
		}
	}
	return nil
}

// judge reads the archives and reports every violation; the history is kept in a file for a look.
func (t *troupe) judge(test *testing.T, s *store.Store) {
	test.Helper()
	if err := t.readArchives(s, history.Archived, map[string]uint64{}); err != nil {
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
		file := filepath.Join(os.TempDir(), fmt.Sprintf("godwit-history-%d.jsonl", os.Getpid()))
		if f, err := os.Create(file); err == nil {
			defer f.Close()
			if t.history.WriteJSON(f) == nil {
				test.Logf("the history is in %s", file)
			}
		}
	}
}
