package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// openPTY opens a pseudo terminal: what is written to its first end is typed at the second.
func openPTY(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return keyboard, terminal
}

// typing runs a command at a terminal, answers each prompt in turn, and returns what was on the screen, and the exit code.
func typing(t *testing.T, args []string, answers map[string]string) (screen string, code int) {
	t.Helper()
	return watching(t, args, answers, "", nil)
}

// watching is typing, and does something when a text is on the screen.
func watching(t *testing.T, args []string, answers map[string]string, text string, do func()) (screen string, code int) {
	t.Helper()
	keyboard, terminal := openPTY(t)
	cmd := exec.Command(binary, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	var seen bytes.Buffer
	for b := make([]byte, 1); ; {
		if _, err := keyboard.Read(b); err != nil {
			break // the other end is closed
		}
		seen.Write(b)
		if do != nil && strings.HasSuffix(seen.String(), text) {
			do()
		}
		for prompt, answer := range answers {
			if strings.HasSuffix(seen.String(), prompt) {
				if _, err := io.WriteString(keyboard, answer); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	_ = cmd.Wait()
	return seen.String(), cmd.ProcessState.ExitCode()
}

func TestPasswordsAreNotShown(t *testing.T) {
	t.Parallel()
	file, _ := writeConfig(t, "")
	args := []string{"user", "add", "dora@localhost", "--config", file}
	screen, code := typing(t, args, map[string]string{"dora@localhost: ": "geheim\n", "Once more: ": "geheimer\n"})
	if code != 1 || !strings.Contains(screen, "the two are not the same: try again") {
		t.Errorf("exit %d: %s", code, screen)
	}
	screen, code = typing(t, args, map[string]string{"dora@localhost: ": "\x03"})
	if code != exitInterrupted {
		t.Errorf("after Ctrl-C: exit %d: %s", code, screen)
	}
	screen, code = typing(t, args, map[string]string{"dora@localhost: ": "geheim\n", "Once more: ": "geheim\n"})
	if code != 0 || !strings.Contains(screen, "added dora@localhost") {
		t.Errorf("exit %d: %s", code, screen)
	}
	if strings.Contains(screen, "geheim") {
		t.Errorf("the password is on the screen: %s", screen)
	}
}

func TestNobodyIsAskedForAPasswordInVain(t *testing.T) {
	t.Parallel()
	file, _ := writeConfig(t, "")
	for address, want := range map[string]string{"dora": "is no account", "dora@example.org": "example.org is not served here", "a@b@c": "is no address"} {
		screen, code := typing(t, []string{"user", "add", address, "--config", file}, nil)
		if code != 1 || !strings.Contains(screen, want) || strings.Contains(screen, "password") {
			t.Errorf("exit %d: %s", code, screen)
		}
	}
}

func TestALostConnectionAtATerminalIsTold(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	l.chat(t, "alice").end(t) // the key is the login from here on
	args := []string{"chat", "--user", "alice@localhost", "--server", l.Link, "--ca", l.Certificate, "--keys", l.keys, "bob@localhost"}
	screen, code := watching(t, args, map[string]string{
		"; /help shows what you can do":   "hello\n",
		" is kept, and sent then.":        "still there?\n",
		" (kept until you are connected)": "/quit\n",
	}, "✓ to bob@localhost: hello", func() { l.kill(t) })
	for _, want := range []string{"✗ the connection was lost: ", "; trying again in ", "godwit: 1 message was not sent"} {
		if code != 1 || !strings.Contains(screen, want) {
			t.Errorf("exit %d, and no %q: %s", code, want, screen)
		}
	}
	if strings.Contains(screen, "… to bob@localhost: hello") {
		t.Errorf("what was typed is on the screen twice: %s", screen)
	}
}

func TestChatAsksForThePassword(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	args := []string{"chat", "--user", "alice@localhost", "--server", l.Link, "--ca", l.Certificate, "--keys", l.keys, "bob@localhost"}
	screen, code := typing(t, args, map[string]string{
		"Password of alice@localhost: ": l.password(t, "alice") + "\n",
		"connected as alice@localhost":  "hello\n/quit\n",
	})
	if code != 0 || !strings.Contains(screen, "✓ to bob@localhost: hello") || strings.Contains(screen, l.password(t, "alice")) {
		t.Errorf("exit %d: %s", code, screen)
	}
	l.stop(t)
}
