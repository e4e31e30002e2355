package crash

import (
	"context"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/fuzz/history"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
)

var (
	losses = flag.Int("losses", 60, "how many power losses TestPowerLoss simulates")
	seed   = flag.Uint64("seed", 0, "seed of the run, 0: a new one")
)

// lossesPerRun is how many losses one history sees before it is judged.
const lossesPerRun = 10

// TestPowerLoss cuts the power of the whole server at random moments.
func TestPowerLoss(t *testing.T) {
	n := *losses
	if testing.Short() {
		n = min(n, 20)
	}
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("seed %d", s)
	acked := 0
	for run := 0; run < n && !t.Failed(); run += lossesPerRun {
		acked += powerLosses(t, s+uint64(run), min(lossesPerRun, n-run))
	}
	t.Logf("%d power losses, %d acked messages", n, acked)
}

// powerLosses runs one history with n losses, and returns how many messages it had.
func powerLosses(t *testing.T, seed uint64, n int) int {
	rng := rand.New(rand.NewPCG(seed, 1))
	disk := store.NewMemory()
	prepare(t, disk)
	srv := start(t, disk)
	cast := newTroupe(seed, func(i int, keys client.LinkKeys) client.Config { return config(i, keys, srv.plain, srv.link) })
	for range n {
		cast.start()
		pause(context.Background(), time.Duration(20+rng.IntN(80))*time.Millisecond)
		known := cast.history.Len()
		after := disk.Crash(rng.Uint64())
		cast.stop()
		srv.stop()
		cast.history.Cut(known)
		cast.history.Add(history.Event{Kind: history.Crash})
		for _, a := range cast.actors {
			a.rollBack(cast.history.Events())
		}
		disk = after
		srv = start(t, disk)
		cast.history.Add(history.Event{Kind: history.Up})
	}
	cast.start()
	err := cast.quiet(30 * time.Second)
	cast.stop()
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	cast.judge(t, srv.store)
	srv.stop()
	return cast.sent()
}

// prepare makes the accounts on a new disk.
func prepare(t *testing.T, disk *store.Memory) {
	t.Helper()
	s, err := store.OpenMemory(disk, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.AddAccounts(s, people); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// server is a whole server in this process.
type server struct {
	store *store.Store
	plain string // addresses
	link  string
	stop  func()
}

// config gives the even actors the link, the odd ones the compatible port.
func config(i int, keys client.LinkKeys, plain, link string) client.Config {
	c := client.Config{
		JID: daemon.Account(i), Password: daemon.Password, Resource: "stage",
		Mode: client.Plain, Address: plain, SM: true, AckEvery: 4, AckIdle: 5 * time.Millisecond, Window: 64,
	}
	if i%2 == 0 {
		c.Mode, c.Address, c.Link, c.TLS = client.Link, link, keys, trustAnyone
	}
	return c
}
