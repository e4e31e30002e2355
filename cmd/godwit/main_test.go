package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// binary is the real thing, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m.Run)) }

// withBinary runs the tests with binary built.
func withBinary(run func() int) int {
	dir, err := os.MkdirTemp("", "godwit-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "godwit")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the binary: %v\n%s", err, out)
		return 1
	}
	// Nothing may touch the tester's own folders.
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"} {
		os.Setenv(name, filepath.Join(dir, name))
	}
	return run()
}

// patience is how long anything may take that a test waits for: far more than it does.
const patience = 30 * time.Second

// result is the end of a command.
type result struct {
	out, err string
	code     int
}

// cli runs the binary to its end.
func cli(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("godwit %s: %v", strings.Join(args, " "), err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// wants fails unless the command ended with code, and out and err contain what they should.
func (r result) wants(t *testing.T, code int, out, err string) {
	t.Helper()
	if r.code != code || !strings.Contains(r.out, out) || !strings.Contains(r.err, err) {
		t.Fatalf("exit %d, want %d\nstdout %q, want %q\nstderr %q, want %q", r.code, code, r.out, out, r.err, err)
	}
	if code != 0 && r.err == "" {
		t.Fatal("an error without a word")
	}
	for line := range strings.Lines(r.err) {
		if code != 0 && !strings.HasPrefix(line, "godwit: ") {
			t.Errorf("a line of an error that does not say whose it is: %q", line)
		}
	}
}
