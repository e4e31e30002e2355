package crash

import (
	"context"
	"flag"
	"math/rand/v2"
	"strconv"
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
	var acked, sessions, resumptions int
	for run := 0; run < n && !t.Failed(); run += lossesPerRun {
		cast := powerLosses(t, s+uint64(run), min(lossesPerRun, n-run))
		resumed, bound := cast.resumed()
		acked, sessions, resumptions = acked+cast.sent(), sessions+bound, resumptions+resumed
	}
	t.Logf("%d power losses, %d acked messages, %d sessions, %d resumptions", n, acked, sessions, resumptions)
	if resumptions == 0 {
		t.Error("no stream was ever resumed")
	}
}

// powerLosses runs one history with n losses.
func powerLosses(t *testing.T, seed uint64, n int) *troupe {
	rng := rand.New(rand.NewPCG(seed, 1))
	disk := store.NewMemory()
	prepare(t, disk)
	srv := start(t, disk, rng.Uint64())
	cast := newTroupe(seed, func(i, k int, keys client.LinkKeys) client.Config { return config(i, k, keys, srv.plain, srv.link) })
	must(t, cast.readIDs(srv.store))
	for life := range n {
		cast.start()
		length := time.Duration(20+rng.IntN(80)) * time.Millisecond
		if life%lossesPerRun == lossesPerRun/2 {
			length *= 10 // the clients get far, also where all is slow
		}
		pause(context.Background(), length)
		disk = lose(cast, srv, disk, rng)
		srv.stop()
		srv = start(t, disk, rng.Uint64())
		must(t, cast.crashed(srv.store))
		cast.history.Add(history.Event{Kind: history.Up})
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
	return cast
}

// lose copies the disk as a loss of power would leave it. Half of the time everybody is cut off by the network in the moment before, with the server's knowledge or without: then the clients know no
// more than what the server told them, and can go on with their streams. Else the clients know what came to pass after the copy was made, and that must be undone: they
// only remember what they sent and received.
func lose(cast *troupe, srv *server, disk *store.Memory, rng *rand.Rand) *store.Memory {
	if rng.IntN(2) == 0 {
		if rng.IntN(2) == 0 {
			srv.dark()
		}
		cast.stop()
		pause(context.Background(), time.Duration(rng.IntN(2000))*time.Microsecond+time.Duration(rng.IntN(4)/3)*longestLag)
		return disk.Crash(rng.Uint64())
	}
	known := cast.history.Len()
	after := disk.Crash(rng.Uint64())
	cast.stop()
	cast.history.Cut(known)
	for _, a := range cast.actors {
		a.rollBack(cast.history.Events())
	}
	return after
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
	plain string // addresses, of the roads
	link  string
	dark  func() // no client reaches it any more, and it does not notice
	stop  func()
}

// config gives half of the clients the link, the others the compatible port; each account has both.
func config(i, k int, keys client.LinkKeys, plain, link string) client.Config {
	c := client.Config{
		JID: daemon.Account(i), Password: daemon.Password, Resource: "stage" + strconv.Itoa(k),
		Mode: client.Plain, Address: plain, Resume: true, AckEvery: 4, AckIdle: 5 * time.Millisecond, Window: 64,
	}
	if (i+k)%2 == 0 {
		c.Mode, c.Address, c.Link, c.TLS = client.Link, link, keys, trustAnyone
	}
	return c
}
