package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/godwit-im/godwit/store"
)

// Door is a way to have operations done, one at a time.
type Door interface {
	Do(ctx context.Context, q Request) (Reply, error)
	Close() error
}

// StoreDir is where the store lies in a data folder.
func StoreDir(data string) string { return filepath.Join(data, "store") }

// Running reports whether a server runs on the data folder and answers.
func Running(data string) bool {
	conn, err := net.Dial("unix", socketPath(data))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// Open returns the door to a data folder: the running server's, or else the store itself. With domains, which the configuration names, a folder that
// is missing is made; without, it must be there, and the domains are those that it was served for last.
func Open(data string, domains []string, o store.Options) (Door, error) {
	if Running(data) {
		return window{socketPath(data)}, nil
	}
	if len(domains) == 0 {
		if _, err := os.Stat(StoreDir(data)); err != nil {
			return nil, fmt.Errorf("there is no data in %s: name a configuration with --config or a folder with --data", data)
		}
		domains = knownDomains(data)
	}
	s, err := store.Open(StoreDir(data), o)
	if errors.Is(err, store.ErrLocked) {
		return nil, fmt.Errorf("%s is in use by a process that does not answer: stop it first", data)
	}
	if err != nil {
		return nil, err
	}
	return desk{&Room{Store: s, Data: data, Domains: domains}}, nil
}

// desk is a Room that owns its store.
type desk struct{ *Room }

func (d desk) Close() error { return d.Store.Close() }

// domainsFile names the domains of a data folder, one a line, for commands that have no configuration.
const domainsFile = "domains.txt"

// NoteDomains writes down for which domains a data folder is served.
func NoteDomains(data string, domains []string) error {
	return os.WriteFile(filepath.Join(data, domainsFile), []byte(strings.Join(domains, "\n")+"\n"), 0o600)
}

// knownDomains returns what NoteDomains wrote, nothing when it never did.
func knownDomains(data string) []string {
	text, _ := os.ReadFile(filepath.Join(data, domainsFile))
	return strings.Fields(string(text))
}
