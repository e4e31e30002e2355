package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// logged waits until a line of the log, which is JSON, has a message.
func (p *process) logged(t *testing.T, message string) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(patience)
	for {
		for line := range strings.Lines(p.errs.String()) {
			var l struct{ Level, Msg string }
			if strings.HasSuffix(line, "\n") && json.Unmarshal([]byte(line), &l) != nil {
				t.Fatalf("not JSON: %q", line)
			}
			if l.Msg == message {
				return
			}
		}
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("the log has no %q:\n%s", message, p.errs.String())
		}
	}
}

func TestServeObeysSignals(t *testing.T) {
	t.Parallel()
	file, data := writeConfig(t, "[log]\nformat = 'json'\n")
	p := start(t, "serve", nil, binary, "serve", "--config", file)
	p.logged(t, "ready")
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.logged(t, "certificates reloaded")
	certificate := filepath.Join(data, "certificates", "localhost.pem")
	if err := os.WriteFile(certificate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.logged(t, "certificates not reloaded, the old ones stay")
	p.stop(t)
	for _, message := range []string{"draining", "drained", "stopped"} {
		p.logged(t, message)
	}
}

func TestServeRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	file, _ := writeConfig(t, "[[listen]]\nkind = 'c2s'\naddress = '192.0.2.1:0'\n[log]\nlevel = 'error'\n")
	cli(t, "", "serve", "--config", file).wants(t, 1, "", `this machine has no such address: correct it`)
	file, _ = writeConfig(t, "plaintext = true\n[log]\nlevel = 'all'\n")
	r := cli(t, "", "serve", "--config", file)
	r.wants(t, 1, "", file+":7: listen[0].plaintext = true: is for kind c2s only: remove it\n")
	r.wants(t, 1, "", file+`:9: log.level = "all": is no level: write one of debug, info, warn, error`)
}

func TestServeWarnsOfRelaxedDurability(t *testing.T) {
	t.Parallel()
	file, _ := writeConfig(t, "[store]\ndurability = 'relaxed'\nsync_interval = '2s'\n[log]\nlevel = 'warn'\nformat = 'json'\n")
	p := start(t, "serve", nil, binary, "serve", "--config", file)
	p.logged(t, "durability is relaxed: a crash of the machine may lose the last messages that were acknowledged")
	p.stop(t)
}
