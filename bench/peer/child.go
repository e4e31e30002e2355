package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/godwit-im/godwit/bench/proc"
	"github.com/godwit-im/godwit/xmpp/client"
)

// child is a server's process.
type child struct {
	network
	command *exec.Cmd
	log     string // the file of what it says
	ended   chan struct{}
}

// run starts the process, and waits until ready says so.
func (c *child) run(ctx context.Context, command *exec.Cmd, ready func() bool) error {
	out, err := os.Create(c.log)
	if err != nil {
		return err
	}
	defer out.Close()
	command.Stdout, command.Stderr = out, out
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the terminal's Ctrl-C is ours: we end it in good order
	if err := command.Start(); err != nil {
		return err
	}
	c.command, c.ended = command, make(chan struct{})
	go func() { _ = command.Wait(); close(c.ended) }()
	for !ready() {
		select {
		case <-c.ended:
			text, _ := os.ReadFile(c.log)
			return fmt.Errorf("it does not come up: %v: %s", command.ProcessState, text)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// listens reports whether both ports take connections.
func (c *child) listens() bool {
	for _, m := range []client.Mode{client.Plain, client.DirectTLS} {
		conn, err := net.DialTimeout("tcp", c.Address(m), time.Second)
		if err != nil {
			return false
		}
		conn.Close()
	}
	return true
}

// PID implements Server.
func (c *child) PID() int { return c.command.Process.Pid }

// Stop implements Server: it asks the process to end, and makes it after ten seconds. What the process has started ends with it.
func (c *child) Stop() error {
	if c.command == nil {
		return nil
	}
	command := c.command
	c.command = nil
	descendants := proc.Tree(command.Process.Pid)[1:]
	_ = command.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(10 * time.Second):
		_ = command.Process.Kill()
		<-c.ended
	}
	for start := time.Now(); len(descendants) > 0; time.Sleep(10 * time.Millisecond) {
		if syscall.Kill(descendants[0], 0) != nil {
			descendants = descendants[1:]
			continue
		}
		if time.Since(start) > 5*time.Second {
			return errors.New("processes that it has started still run: " + fmt.Sprint(descendants))
		}
	}
	return nil
}
