package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Domain is the domain that is served, Password that of every account.
const (
	Domain   = "localhost"
	Password = "correct horse"
)

// Server is a server that can be started, killed and started again on the same data. It is used by one goroutine.
type Server struct {
	binary, folder string
	address        [4]string // by client.Mode; StartTLS and Plain are the same port
	command        *exec.Cmd
	ended          chan error // holds what its end was, once it has ended
	output         bytes.Buffer
}

// New makes the data of a server in folder, with so many accounts, and chooses its ports. binary is godwit. extra is added to the
// configuration.
func New(binary, folder string, accounts int, extra string) (*Server, error) {
	return NewAt("127.0.0.1", binary, folder, accounts, extra)
}

// NewAt is New for a server at another address of this machine's own network: those at different ones never take each other's ports.
func NewAt(ip, binary, folder string, accounts int, extra string) (*Server, error) {
	s := &Server{binary: binary, folder: folder}
	for _, mode := range []client.Mode{client.StartTLS, client.DirectTLS, client.Link} {
		address, err := freeAddress(ip)
		if err != nil {
			return nil, err
		}
		s.address[mode] = address
	}
	s.address[client.Plain] = s.address[client.StartTLS]
	if err := os.MkdirAll(s.Data(), 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.config(), []byte(s.configuration(extra)), 0o600); err != nil {
		return nil, err
	}
	disk, err := s.Store()
	if err != nil {
		return nil, err
	}
	return s, errors.Join(AddAccounts(disk, accounts), disk.Close())
}

// Data is the folder of the server's data.
func (s *Server) Data() string   { return filepath.Join(s.folder, "data") }
func (s *Server) config() string { return filepath.Join(s.folder, "godwit.toml") }

func (s *Server) configuration(extra string) string {
	return fmt.Sprintf(`data = %q
[[host]]
domain = %q
[[listen]]
kind = "c2s"
address = %q
plaintext = true
compression = ["zlib"]
[[listen]]
kind = "c2s-tls"
address = %q
[[listen]]
kind = "link"
address = %q
%s`, s.Data(), Domain, s.address[client.StartTLS], s.address[client.DirectTLS], s.address[client.Link], extra)
}

// freeAddress returns an address of this machine that nothing listens on. Its port is below those that the system gives to whoever connects (32,768 and more on Linux, 49,152 on others):
// while the server is down nobody takes it by accident.
func freeAddress(ip string) (string, error) {
	var err error
	for range 100 {
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("%s:%d", ip, 10_000+rand.IntN(22_000))); err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", err
}

// Store opens the data; the server must not run.
func (s *Server) Store() (*store.Store, error) {
	return store.Open(filepath.Join(s.Data(), "store"), store.Options{})
}

// Account returns the address of account i.
func Account(i int) jid.JID { return jid.MustParse("user" + strconv.Itoa(i) + "@" + Domain) }

// AddAccounts makes accounts 0 to n-1. They share one password, and its keys: to make keys is slow on purpose.
func AddAccounts(s *store.Store, n int) error {
	c, err := sasl.NewCredentials(Password, sasl.MinIterations, nil)
	if err != nil {
		return err
	}
	keys, err := c.MarshalBinary()
	if err != nil {
		return err
	}
	return s.Do(context.Background(), func(tx *store.Tx) error {
		for i := range n {
			if err := tx.PutAccount(Account(i), store.Account{Credentials: keys, Created: time.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddContacts puts contacts, by their numbers, into the rosters of accounts 0 to n-1, subscribed both ways.
func AddContacts(s *store.Store, n int, contacts func(account int) []int) error {
	return s.Do(context.Background(), func(tx *store.Tx) error {
		for i := range n {
			for _, j := range contacts(i) {
				if _, err := tx.PutRosterItem(Account(i), store.RosterItem{JID: Account(j), Subscription: store.SubscriptionBoth}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Address returns the port for clients of that mode.
func (s *Server) Address(m client.Mode) string { return s.address[m] }

// PID returns the running process's number.
func (s *Server) PID() int { return s.command.Process.Pid }

// Start starts the server, and returns when it takes connections.
func (s *Server) Start(ctx context.Context) error {
	s.command = exec.Command(s.binary, "serve", "--config", s.config())
	s.command.Stdout, s.command.Stderr = &s.output, &s.output
	if err := s.command.Start(); err != nil {
		return err
	}
	s.ended = make(chan error, 1)
	go func(c *exec.Cmd, ended chan<- error) { ended <- c.Wait() }(s.command, s.ended)
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "tcp", s.address[client.Link])
		if err == nil {
			return conn.Close()
		}
		select {
		case err := <-s.ended:
			s.ended <- err // for Kill and Stop
			return fmt.Errorf("the server does not come up: %w: %s", err, s.output.Bytes())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// Kill ends the server with SIGKILL, if it was ever started. It is an error when it had ended by itself.
func (s *Server) Kill() error {
	if s.command == nil {
		return nil
	}
	err := s.command.Process.Kill()
	s.ended <- <-s.ended
	if s.command.ProcessState.Exited() {
		return fmt.Errorf("the server ended by itself: %s", s.output.Bytes())
	}
	return err
}

// Stop ends the server in good order.
func (s *Server) Stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := <-s.ended
	s.ended <- err
	if err != nil {
		return fmt.Errorf("after SIGTERM: %w: %s", err, s.output.Bytes())
	}
	return nil
}
