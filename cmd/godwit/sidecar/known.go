package sidecar

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// serverKey is a server's static key of the link, which a certificate has proved.
type serverKey struct {
	Server  []byte    `json:"server"`
	Expires time.Time `json:"expires"`
}

// known are the keys of servers, by domain. They are public, but whoever could change them could pose as the server.
type known struct {
	dir string // where they are kept, a file each; "": in memory only
	log *slog.Logger

	mu   sync.Mutex
	keys map[string]serverKey
}

// file is where the key of a domain is kept, "" for nowhere.
func (k *known) file(domain string) string {
	if k.dir == "" || strings.HasPrefix(domain, ".") || strings.ContainsAny(domain, `/\`) {
		return ""
	}
	return filepath.Join(k.dir, strings.ToLower(domain)+".json")
}

// get returns the key of a domain's server, nil when it has to prove one.
func (k *known) get(domain string) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.keys[domain]
	if !ok {
		if key = k.load(domain); key.Server == nil {
			return nil
		}
		k.keys[domain] = key
	}
	if !key.Expires.IsZero() && !time.Now().Before(key.Expires) {
		return nil
	}
	return key.Server
}

func (k *known) load(domain string) (key serverKey) {
	file := k.file(domain)
	if file == "" {
		return key
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &key)
	}
	if err != nil && !os.IsNotExist(err) {
		k.log.Warn("the server's key is not known any more, it will be proved anew", "host", domain, "err", err)
		return serverKey{}
	}
	return key
}

// put keeps a key.
func (k *known) put(domain string, key serverKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys[domain] = key
	file := k.file(domain)
	if file == "" {
		return
	}
	if err := writeFile(file, key); err != nil {
		k.log.Warn("the server's key could not be kept", "host", domain, "err", err)
	}
}

// writeFile replaces a file as a whole.
func writeFile(file string, key serverKey) error {
	text, err := json.Marshal(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".key-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// places are where servers would like to see us next time, by domain.
type places struct {
	mu sync.Mutex
	at map[string]string // host:port
}

func (p *places) get(domain string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at[domain]
}

func (p *places) put(domain, place string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at[domain] = place
}

func (p *places) forget(domain string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.at, domain)
}
