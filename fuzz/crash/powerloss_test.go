package crash

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/fuzz/history"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
)

// lossesPerRun is how many losses one history sees before it is judged.
const lossesPerRun = 10

// TestPowerLoss cuts the power of the whole server at random moments.
func TestPowerLoss(t *testing.T) {
	n := *losses
	if testing.Short() {
		n = min(n, 20)
	}
	r := newTorture(t, "losses", n, lossesPerRun)
	r.run(t, powerLosses)
	if r.resumed == 0 {
		t.Error("no stream was ever resumed")
	}
}

// fate is what is special about a history.
type fate struct {
	options store.Options
	loss    history.Kind // what the history calls a loss
	trims   bool         // old messages are deleted
}

// fateOf returns that of the history of a seed: one of four has relaxed durability, and one deletes old messages.
func fateOf(seed uint64, rng *rand.Rand) fate {
	f := fate{options: store.Options{Logger: discard}, loss: history.Crash, trims: seed%4 == 2}
	if seed%4 == 1 || *relaxed {
		f.loss = history.Loss
		f.options.Durability, f.options.SyncInterval = store.Relaxed, time.Duration(1+rng.IntN(100))*time.Millisecond
	}
	return f
}

// powerLosses runs one history with n losses.
func powerLosses(t *testing.T, r *torture, seed uint64, n int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	f := fateOf(seed, rng)
	disk := prepared(t)
	srv := start(t, disk, f.options, f.trims, homeOf(seed), rng.Uint64())
	bind2 := !f.trims // what such a client has not fetched counts as had (XEP-0386), and may be deleted
	cast := newTroupe(seed, bind2, func(i, k int, keys client.LinkKeys) client.Config {
		return config(i, k, bind2, keys, srv.plain, srv.link)
	})
	cast.trims = f.trims
	must(t, cast.readIDs(srv.store))
	for life := range n {
		cast.start()
		moment(cast, rng, life%lossesPerRun == lossesPerRun/2 && !f.trims)
		disk = lose(r, cast, srv, disk, rng)
		srv.stop()
		if rng.IntN(6) == 0 {
			disk = loseOpening(t, disk, f.options, rng)
			r.state("opening the store after a loss", false)
		}
		srv = start(t, disk, f.options, f.trims, homeOf(seed), rng.Uint64())
		must(t, cast.crashed(f.loss, srv.store))
		must(t, cast.wrap(srv.store, rng))
		cast.history.Add(history.Event{Kind: history.Up})
	}
	cast.start()
	err := cast.quiet(30*time.Second, srv.store)
	cast.stop()
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	r.end(t, cast, srv.store, n)
	srv.stop()
}

// moment waits for a random moment: half of the time it comes soon, while clients log in, else when so much is sent. A long life lets them get far.
func moment(cast *troupe, rng *rand.Rand, long bool) {
	steps, acked := math.MaxInt, rng.IntN(500)
	switch {
	case long:
		acked += 500
	case rng.IntN(2) == 0:
		steps = rng.IntN(10 * people * clients)
	}
	wait(cast, 2*time.Second, steps, acked)
	pause(context.Background(), time.Duration(rng.IntN(1000))*time.Microsecond)
}

// wait waits until there were so many more steps of logins, or so many more messages are acked, or until the time is over.
func wait(cast *troupe, limit time.Duration, steps, acked int) {
	until, step, ack := time.Now().Add(limit), cast.steps.Load(), cast.acked()
	for time.Now().Before(until) && int(cast.steps.Load()-step) < steps && cast.acked()-ack < acked {
		pause(context.Background(), 200*time.Microsecond)
	}
}

// lose copies the disk as a loss of power would leave it. Half of the time everybody is cut off by the network in the moment before, with the server's knowledge or without: then the clients know no
// more than what the server told them, and can go on with their streams. Else the clients know what came to pass after the copy was made, and that must be undone: they
// only remember what they sent and received.
func lose(r *torture, cast *troupe, srv *server, disk *store.Memory, rng *rand.Rand) *store.Memory {
	if rng.IntN(2) == 0 {
		if rng.IntN(2) == 0 {
			srv.dark()
		}
		r.states(cast, srv, true)
		cast.stop()
		pause(context.Background(), time.Duration(rng.IntN(2000))*time.Microsecond+time.Duration(rng.IntN(4)/3)*longestLag)
		return disk.Crash(rng.Uint64())
	}
	known := cast.history.Len()
	r.states(cast, srv, false)
	after := disk.Crash(rng.Uint64())
	cast.stop()
	cast.history.Cut(known)
	for _, a := range cast.actors {
		a.rollBack(cast.history.Events())
	}
	return after
}

// loseOpening is a loss of power while the store is opened after one.
func loseOpening(t *testing.T, disk *store.Memory, o store.Options, rng *rand.Rand) *store.Memory {
	t.Helper()
	after, seed, moment := make(chan *store.Memory), rng.Uint64(), time.Duration(rng.IntN(5000))*time.Microsecond
	go func() {
		pause(context.Background(), moment)
		after <- disk.Crash(seed)
	}()
	s, err := store.OpenMemory(disk, o)
	left := <-after
	must(t, err)
	must(t, s.Close())
	return left
}

// prepared returns a new disk with the accounts.
func prepared(t *testing.T) *store.Memory {
	t.Helper()
	newDisk.Do(func() {
		disk := store.NewMemory()
		s, err := store.OpenMemory(disk, store.Options{Logger: discard})
		must(t, err)
		must(t, daemon.AddAccounts(s, people))
		must(t, s.Close())
		newDisk.disk = disk
	})
	return newDisk.disk.Crash(0) // all of it is synced
}

var newDisk struct {
	sync.Once
	disk *store.Memory
}

// server is a whole server in this process.
type server struct {
	store    *store.Store
	plain    string // addresses, of the roads
	link     string
	trimming *atomic.Bool // old messages are deleted just now
	dark     func()       // no client reaches it any more, and it does not notice
	stop     func()
}

// onLink reports whether client k of account i uses the link: half of them do, and the others the compatible port; each account has both.
func onLink(i, k int) bool { return (i+k)%2 == 0 }

// byBind2 reports whether it logs in by SASL2, with all that can come with that: half of those do that can.
func byBind2(i, k int) bool { return onLink(i, k) && i < people/2 }

// config is how a client connects; without bind2 none logs in so.
func config(i, k int, bind2 bool, keys client.LinkKeys, plain, link string) client.Config {
	c := client.Config{
		JID: daemon.Account(i), Password: daemon.Password, Resource: "stage" + strconv.Itoa(k),
		Mode: client.Plain, Address: plain, Resume: true, AckEvery: 4, AckIdle: 5 * time.Millisecond, Window: 64,
	}
	if onLink(i, k) {
		c.Mode, c.Address, c.Link, c.TLS = client.Link, link, keys, trustAnyone
	}
	if bind2 && byBind2(i, k) {
		c.Bind2, c.AgentID = true, fmt.Sprintf("00000000-0000-4000-8000-%012d", i*clients+k)
	}
	return c
}
