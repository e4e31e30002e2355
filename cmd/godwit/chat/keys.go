package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// keys are an account's keys of the link, and the file they are kept in, which is locked: a device that is connected twice would take its own messages
// away. Whoever comes second is another device, which nobody remembers.
type keys struct {
	file  *os.File // nil: not kept
	link  client.LinkKeys
	known *client.Known // of the server
}

// keyFile is the form of the file.
type keyFile struct {
	Device  []byte    `json:"device"`            // the private key
	Server  []byte    `json:"server,omitempty"`  // the server's public key
	Expires time.Time `json:"expires,omitempty"` // of Server
	Route   []byte    `json:"route,omitempty"`   // what the server wants to hear first
	Counter uint64    `json:"counter,omitempty"` // of the last attempt
	IDs     []byte    `json:"ids,omitempty"`     // the key of the ids of the account's archive

	Over client.Transport `json:"over,omitempty"` // what the link lay on

	Known *client.Known `json:"known,omitempty"` // what the password was used by
}

// openKeys opens and locks the file of an account, and makes it when it is missing.
func openKeys(dir string, user jid.JID) (*keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, user.Bare().String()+".json"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		return new(keys), f.Close()
	case err != nil:
		return nil, errors.Join(fmt.Errorf("locking %s: %w", f.Name(), err), f.Close())
	}
	k := &keys{file: f}
	if err := k.load(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return k, nil
}

func (k *keys) load() error {
	text, err := io.ReadAll(k.file)
	if err != nil || len(text) == 0 {
		return err
	}
	var f keyFile
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("%s: %w; remove it to log in with the password", k.file.Name(), err)
	}
	device, err := link.LoadKey(f.Device)
	if err != nil {
		return fmt.Errorf("%s: %w; remove it to log in with the password", k.file.Name(), err)
	}
	k.link = client.LinkKeys{Device: device, Server: f.Server, Expires: f.Expires, Route: f.Route, Counter: f.Counter, IDs: f.IDs, Over: f.Over}
	k.known = f.Known
	return nil
}

// keep writes them down.
func (k *keys) keep(l client.LinkKeys, known *client.Known) error {
	k.link, k.known = l, known
	if k.file == nil {
		return nil
	}
	text, err := json.Marshal(keyFile{
		Device: l.Device.Private[:], Server: l.Server, Expires: l.Expires, Route: l.Route, Counter: l.Counter, IDs: l.IDs, Over: l.Over, Known: known,
	})
	if err != nil {
		return err
	}
	if err := k.file.Truncate(0); err != nil {
		return err
	}
	_, err = k.file.WriteAt(append(text, '\n'), 0)
	return err
}

func (k *keys) close() {
	if k.file != nil {
		_ = k.file.Close() // gives the lock back
	}
}
