package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
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
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// people is how many actors there are.
const people = 6

// troupe is the actors of one run.
type troupe struct {
	history history.History
	actors  []*actor
	cancel  context.CancelFunc
	wg      sync.WaitGroup
}

// newTroupe makes the actors; dial makes the configuration of actor i's next connection.
func newTroupe(seed uint64, dial func(i int, keys client.LinkKeys) client.Config) *troupe {
	t := new(troupe)
	for i := range people {
		a := &actor{
			name: daemon.Account(i).Local(), address: daemon.Account(i), history: &t.history,
			rng:  rand.New(rand.NewPCG(seed, uint64(i))),
			dial: func(keys client.LinkKeys) client.Config { return dial(i, keys) },
		}
		for k := range people {
			if k != i {
				a.others = append(a.others, daemon.Account(k))
			}
		}
		t.actors = append(t.actors, a)
	}
	return t
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
	deadline := time.Now().Add(limit)
	for last, since := -1, time.Now(); ; time.Sleep(5 * time.Millisecond) {
		settled := true
		for _, a := range t.actors {
			settled = settled && a.settled()
		}
		if n := t.history.Len(); n != last || !settled {
			last, since = n, time.Now()
		}
		if time.Since(since) > 300*time.Millisecond {
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
		fmt.Fprintf(&b, "%s has %d of %d acked on connection %d; ", a.name, a.acked, len(a.sent), a.conn)
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

// readArchives adds what the archives hold to the history.
func (t *troupe) readArchives(s *store.Store) error {
	var tree codec.Tree
	for _, a := range t.actors {
		var bad error
		err := s.Archive(a.address, 0, 0, func(seq uint64, e store.Entry) bool {
			if bad = compact.Parse(e.Stanza, &tree, nil); bad != nil {
				return false
			}
			m := tree.Root()
			n, _ := strconv.ParseUint(string(stanza.OriginID(m)), 10, 64)
			to, _ := jid.ParseBytes(m.Attr(atom.To))
			t.history.Add(history.Event{Kind: history.Archived, Client: a.name, From: e.From.Local(), To: to.Local(), N: n, ID: seq})
			return true
		})
		if err != nil || bad != nil {
			return fmt.Errorf("the archive of %s: %w %w", a.name, err, bad)
		}
	}
	return nil
}

// judge reads the archives and reports every violation; the history is kept in a file for a look.
func (t *troupe) judge(test *testing.T, s *store.Store) {
	test.Helper()
	if err := t.readArchives(s); err != nil {
		test.Error(err)
	}
	found := history.Check(t.history.Events())
	for i, v := range found {
		if i == 10 {
			test.Errorf("… and %d more", len(found)-i)
			break
		}
		test.Error(v)
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
