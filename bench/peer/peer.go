package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/godwit-im/godwit/xmpp/client"
)

// Config says what a server is to serve. The fields of the first group are required.
type Config struct {
	Folder   string // empty, for everything that the server keeps
	Domain   string // that is served
	Accounts int    // user0, user1 …
	Password string // of all

	Archive     bool                    // messages are archived for both sides
	Offline     bool                    // messages wait for accounts that are away, and clients may ask for acks (XEP-0198)
	Contacts    func(account int) []int // who is in its roster, subscribed both ways; nil: nobody
	Certificate *Certificate            // nil: one of its own
}

// Server is a server that can be started, and after Stop again: each time on data that hold its accounts and nothing else. It is used by one goroutine.
type Server interface {
	// Settings are its configuration, as far as it is not the package's.
	Settings() []string
	// Start starts it, and returns when it takes connections. The end of ctx ends the attempt; the caller calls Stop in any case.
	Start(ctx context.Context) error
	// PID is the number of its process, once it has started.
	PID() int
	// Address returns the port for clients of that mode.
	Address(m client.Mode) string
	// Stop ends the process, if it was started.
	Stop() error
}

// Kind is a kind of server.
type Kind struct {
	Name    string // as on the command line
	Title   string // as its makers write it
	Install string // the command that installs it
	version func() (string, error)
	make    func(c Config, n network) (Server, error)
}

// Kinds are those that are known.
func Kinds() []Kind {
	const install = "apt-get install -y --no-install-recommends "
	return []Kind{
		{"ejabberd", "ejabberd", install + "ejabberd", ejabberdVersion, newEjabberd},
		{"prosody", "Prosody", install + "prosody", prosodyVersion, newProsody},
	}
}

// ErrMissing says that a server is not installed; the error that wraps it says how to.
var ErrMissing = errors.New("is not installed")

// Find returns the kind of that name.
func Find(name string) (Kind, error) {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, k.Name)
		}
		return Kind{}, fmt.Errorf("no peer is named %s, but %s", name, strings.Join(names, ", "))
	}
	return kinds[i], nil
}

// Version returns the installed version, or an error that wraps ErrMissing.
func (k Kind) Version() (string, error) {
	v, err := k.version()
	if errors.Is(err, ErrMissing) {
		return "", fmt.Errorf("%s %w: %s", k.Title, err, k.Install)
	}
	return v, err
}

// New prepares a server: its configuration and its ports.
func (k Kind) New(c Config) (Server, error) {
	if c.Contacts == nil {
		c.Contacts = func(int) []int { return nil }
	}
	n, err := newNetwork(c)
	if err != nil {
		return nil, err
	}
	s, err := k.make(c, n)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.Title, err)
	}
	return s, nil
}

// write writes a file of the server's.
func (c *Config) write(name, text string) error {
	name = filepath.Join(c.Folder, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}

func (c *Config) path(name string) string { return filepath.Join(c.Folder, name) }
