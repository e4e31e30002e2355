package crash

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/xmpp/client"
)

var kills = flag.Int("kills", 20, "how many times TestKill kills the server")

// TestKill ends the real binary with SIGKILL under load, again and again.
func TestKill(t *testing.T) {
	n := *kills
	if testing.Short() {
		n = min(n, 3)
	}
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("seed %d", s)
	rng := rand.New(rand.NewPCG(s, 2))
	d := newDaemon(t)
	plain, link := newWay(t, s, d.Address(client.Plain)), newWay(t, s+1, d.Address(client.Link))
	defer plain.close()
	defer link.close()
	cast := newTroupe(s, func(i, k int, keys client.LinkKeys) client.Config {
		return config(i, k, keys, plain.address(), link.address())
	})
	must(t, readIDs(cast, d))
	cast.start()
	for range n {
		must(t, d.Start(t.Context()))
		pause(context.Background(), time.Duration(100+rng.IntN(900))*time.Millisecond)
		must(t, d.Kill())
		disk, err := d.Store()
		must(t, err)
		must(t, errors.Join(cast.crashed(disk), disk.Close()))
	}
	must(t, d.Start(t.Context()))
	err := cast.quiet(60 * time.Second)
	cast.stop()
	must(t, d.Stop())
	if err != nil {
		t.Error(err)
	}
	disk, err := d.Store()
	must(t, err)
	defer disk.Close()
	cast.judge(t, disk)
	resumed, bound := cast.resumed()
	t.Logf("%d kills, %d acked messages, %d sessions, %d resumptions", n, cast.sent(), bound, resumed)
}

// readIDs lets everybody know the ids of the server, which must not run.
func readIDs(cast *troupe, d *daemon.Server) error {
	disk, err := d.Store()
	if err != nil {
		return err
	}
	return errors.Join(cast.readIDs(disk), disk.Close())
}

// newDaemon builds the binary and makes the accounts.
func newDaemon(t *testing.T) *daemon.Server {
	t.Helper()
	folder := t.TempDir()
	binary := filepath.Join(folder, "godwit")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/godwit-im/godwit/cmd/godwit").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	d, err := daemon.New(binary, folder, people, "[limits]\nstanza_rate = 2_000_000_000\nbyte_rate = 2_000_000_000\n")
	must(t, err)
	t.Cleanup(func() { d.Kill() }) // whatever became of the test
	return d
}
