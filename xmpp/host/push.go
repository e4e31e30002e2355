package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Push is what a push service is told: that messages wait for an account none of whose clients is there (XEP-0357 §7).
type Push struct {
	Account jid.JID // bare
	PushAddress
	Count        int    // messages that have come since a client has taken one, as far as this process knows
	Sender, Body string // of the last message; empty, unless the operator wants them told
}

// PushAddress is a node of a push service that an account has enabled (XEP-0357 §5).
type PushAddress struct {
	Service jid.JID
	Node    string    // may be empty
	Options []byte    // publish options for it: a data form in the archive's coding; nil: none
	Enabled time.Time // microseconds are kept
}

// PushService brings pushes to the services of apps.
type PushService interface {
	// Serves reports whether it can bring pushes to the service. Any goroutine may call it.
	Serves(service jid.JID) bool
	// Publish brings p, which is its own from here on. It runs on the store's committer and must not wait. It calls done once, from any goroutine, when the
	// service has answered: with nil, with ErrNoPushService, or with what went wrong; after three errors in a row the address is forgotten (XEP-0357 §7.1).
	Publish(p Push, done func(error))
}

// ErrNoPushService says that a push service is not there. It may come back.
var ErrNoPushService = errors.New("host: the push service is not there")

// Limits of what an account may enable.
const (
	MaxPushes      = 10    // addresses
	MaxPushNode    = 1_023 // bytes of a node's name
	MaxPushOptions = 2_048 // bytes of publish options in the archive's coding
)

// ErrTooManyPushes says that an account has enabled MaxPushes addresses.
var ErrTooManyPushes = errors.New("host: too many push addresses")

// pushSpace holds an account's addresses: service, 0, node; when it was enabled in microseconds, options.
const pushSpace = "push"

func (a *PushAddress) key() []byte {
	return append(append([]byte(a.Service.String()), 0), a.Node...)
}

// EnablePush adds an address to those of the account, or replaces it.
func EnablePush(tx *store.Tx, account jid.JID, a PushAddress) error {
	n, key := 0, a.key()
	err := tx.SpaceScan(pushSpace, account, nil, func(k, _ []byte) bool {
		if !bytes.Equal(k, key) {
			n++
		}
		return true
	})
	if err != nil {
		return err
	}
	if n >= MaxPushes {
		return ErrTooManyPushes
	}
	val := binary.BigEndian.AppendUint64(nil, uint64(a.Enabled.UnixMicro()))
	return tx.SpacePut(pushSpace, account, key, append(val, a.Options...))
}

// DisablePush removes the addresses of the account that f wants removed.
func DisablePush(tx *store.Tx, account jid.JID, f func(a PushAddress) bool) error {
	addresses, err := PushAddresses(tx, account)
	for i := 0; i < len(addresses) && err == nil; i++ {
		if f(addresses[i]) {
			err = tx.SpaceDelete(pushSpace, account, addresses[i].key())
		}
	}
	return err
}

// PushAddresses returns what the account has enabled. Called on the Store it reads the disk: call it in a job.
func PushAddresses(r interface {
	SpaceScan(space string, account jid.JID, prefix []byte, f func(key, val []byte) bool) error
}, account jid.JID) (addresses []PushAddress, err error) {
	var broken error
	err = r.SpaceScan(pushSpace, account, nil, func(k, val []byte) bool {
		service, node, _ := bytes.Cut(k, []byte{0})
		j, parseErr := jid.ParseBytes(service)
		if parseErr != nil || len(val) < 8 {
			broken = fmt.Errorf("host: the push addresses of %s: %w", account, store.ErrCorrupt)
			return false
		}
		a := PushAddress{Service: j, Node: string(node), Enabled: time.UnixMicro(int64(binary.BigEndian.Uint64(val)))}
		if len(val) > 8 {
			a.Options = bytes.Clone(val[8:])
		}
		addresses = append(addresses, a)
		return true
	})
	return addresses, errors.Join(err, broken)
}
