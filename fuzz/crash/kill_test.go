package crash

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/fuzz/history"
	"github.com/godwit-im/godwit/store"
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
	p := newProcess(t)
	cast := newTroupe(s, p.config)
	cast.start()
	for range n {
		p.start(t)
		pause(context.Background(), time.Duration(100+rng.IntN(900))*time.Millisecond)
		p.kill(t)
		cast.history.Add(history.Event{Kind: history.Crash})
	}
	p.start(t)
	err := cast.quiet(60 * time.Second)
	cast.stop()
	p.end(t)
	if err != nil {
		t.Error(err)
	}
	disk := p.open(t)
	defer disk.Close()
	cast.judge(t, disk)
	t.Logf("%d kills, %d acked messages", n, cast.sent())
}

// process is the server as a process of its own.
type process struct {
	binary, folder string
	plain, link    string // addresses
	command        *exec.Cmd
	output         bytes.Buffer
}

// newProcess builds the binary and makes the accounts.
func newProcess(t *testing.T) *process {
	t.Helper()
	p := &process{folder: t.TempDir(), plain: freeAddress(t), link: freeAddress(t)}
	p.binary = filepath.Join(p.folder, "godwit")
	if out, err := exec.Command("go", "build", "-o", p.binary, "github.com/godwit-im/godwit/cmd/godwit").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	config := fmt.Sprintf(`data = %q
[[host]]
domain = "localhost"
[[listen]]
kind = "c2s"
address = %q
plaintext = true
[[listen]]
kind = "link"
address = %q
[limits]
stanza_rate = -1
byte_rate = -1
`, filepath.Join(p.folder, "data"), p.plain, p.link)
	must(t, os.WriteFile(filepath.Join(p.folder, "godwit.toml"), []byte(config), 0o600))
	must(t, os.MkdirAll(filepath.Join(p.folder, "data"), 0o700))
	s := p.open(t)
	must(t, addAccounts(s))
	must(t, s.Close())
	return p
}

// open opens the store, while the server does not run.
func (p *process) open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(admin.StoreDir(filepath.Join(p.folder, "data")), store.Options{})
	must(t, err)
	return s
}

// freeAddress returns an address that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// config is that of server.config.
func (p *process) config(i int, keys client.LinkKeys) client.Config {
	s := server{plain: p.plain, link: p.link}
	return s.config(i, keys)
}

func (p *process) start(t *testing.T) {
	t.Helper()
	p.command = exec.Command(p.binary, "serve", "--config", filepath.Join(p.folder, "godwit.toml"))
	p.command.Stdout, p.command.Stderr = &p.output, &p.output
	must(t, p.command.Start())
	t.Cleanup(func() { p.command.Process.Kill() })
}

// kill is kill -9.
func (p *process) kill(t *testing.T) {
	t.Helper()
	must(t, p.command.Process.Kill())
	if err := p.command.Wait(); p.command.ProcessState.Exited() {
		t.Fatalf("the server ended by itself: %v\n%s", err, p.output.Bytes())
	}
}

// end ends the server in good order.
func (p *process) end(t *testing.T) {
	t.Helper()
	must(t, p.command.Process.Signal(syscall.SIGTERM))
	if err := p.command.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, p.output.Bytes())
	}
}
