package crash

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/fuzz/history"
	"github.com/godwit-im/godwit/xmpp/client"
)

// killsPerRun is how many kills one history sees before it is judged.
const killsPerRun = 20

// TestKill ends the real binary with SIGKILL under load, again and again. That takes nothing, whatever the durability.
func TestKill(t *testing.T) {
	n := *kills
	if testing.Short() {
		n = min(n, 3)
	}
	binary := buildDaemon(t)
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(discard) // the store says what it finds after a crash
	r := newTorture(t, "kills", n, killsPerRun)
	r.run(t, func(t *testing.T, r *torture, seed uint64, n int) { killOften(t, r, binary, seed, n) })
}

// killOften runs one history with n kills.
func killOften(t *testing.T, r *torture, binary string, seed uint64, n int) {
	rng := rand.New(rand.NewPCG(seed, 2))
	f := fateOf(seed, rng)
	d, folder := newDaemon(t, binary, homeOf(seed), f)
	defer os.RemoveAll(folder)
	plain, link := newWay(t, seed, d.Address(client.Plain)), newWay(t, seed+1, d.Address(client.Link))
	defer plain.close()
	defer link.close()
	cast := newTroupe(seed, true, func(i, k int, keys client.LinkKeys) client.Config {
		return config(i, k, true, keys, plain.address(), link.address())
	})
	must(t, readIDs(cast, d))
	cast.start()
	for range n {
		must(t, d.Start(t.Context()))
		steps := math.MaxInt
		if rng.IntN(3) == 0 {
			steps = rng.IntN(20 * people * clients)
		}
		wait(cast, 2*time.Second, steps, rng.IntN(3000))
		r.states(cast, nil, false)
		must(t, d.Kill())
		disk, err := d.Store()
		must(t, err)
		must(t, cast.crashed(history.Crash, disk))
		if rng.IntN(4) == 0 {
			cast.stop()
			must(t, cast.wrap(disk, rng))
			cast.start()
		}
		must(t, disk.Close())
	}
	must(t, d.Start(t.Context()))
	err := cast.quiet(30*time.Second, nil)
	cast.stop()
	must(t, d.Stop())
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	disk, err := d.Store()
	must(t, err)
	r.end(t, cast, disk, n)
	must(t, disk.Close())
}

// readIDs lets everybody know the ids of the server, which must not run.
func readIDs(cast *troupe, d *daemon.Server) error {
	disk, err := d.Store()
	if err != nil {
		return err
	}
	return errors.Join(cast.readIDs(disk), disk.Close())
}

// buildDaemon builds the binary.
func buildDaemon(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "godwit")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/godwit-im/godwit/cmd/godwit").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// newDaemon makes a server with the accounts, in a new folder.
func newDaemon(t *testing.T, binary, home string, f fate) (d *daemon.Server, folder string) {
	t.Helper()
	folder, err := os.MkdirTemp("", "godwit-kill-")
	must(t, err)
	extra := "[limits]\nstanza_rate = 2_000_000_000\nbyte_rate = 2_000_000_000\n"
	if f.options.Durability != "" {
		extra += fmt.Sprintf("[store]\ndurability = %q\n", f.options.Durability)
	}
	d, err = daemon.NewAt(home, binary, folder, people, extra)
	must(t, err)
	t.Cleanup(func() { d.Kill() }) // whatever became of the test
	return d, folder
}
