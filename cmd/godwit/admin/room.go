package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Room does the operations on a store that is open in this process. Any goroutine may use it.
type Room struct {
	Store *store.Store
	// Data is the data folder that Store lies in; empty: it is in memory, and Backup has nothing else to copy.
	Data string
	// Domains are the served ones: users of others are refused. With none, nobody knows and all are taken.
	Domains []string
	// Kick ends the sessions of an account that is gone or has a new password; nil when there are no sessions.
	Kick func(account jid.JID)
	// KickDevice ends those sessions of an account that have that cursor (router.Session.Device); nil when there are no sessions.
	KickDevice func(account jid.JID, cursor string)
	// Sessions counts the sessions of an account; nil when there are none.
	Sessions func(account jid.JID) int

	// Table returns the sessions of an account, or one, or those of all when of is zero; nil: there are none.
	Table func(ctx context.Context, of jid.JID) ([]Session, error)
	// KickSessions ends the sessions of an account, or one, for good, and returns how many; nil: there are none.
	KickSessions func(ctx context.Context, who jid.JID) (int, error)
	// Watch has show called for all that the sessions of an account say and are told, or one, until end is called; nil: there are none. show does not wait.
	Watch func(who jid.JID, show func(Shown)) (end func())

	dropped atomic.Int64
}

// Do does one operation.
func (r *Room) Do(ctx context.Context, q Request) (Reply, error) {
	switch q.Do {
	case AddUser:
		return Reply{}, r.addUser(ctx, q)
	case RemoveUser:
		return Reply{}, r.removeUser(ctx, q)
	case SetPasswd:
		return Reply{}, r.setPassword(ctx, q)
	case ListUsers:
		return r.listUsers(q)
	case FindUser:
		return r.findUser(q)
	case ListDevices:
		return r.listDevices(q)
	case RemoveDevice:
		return Reply{}, r.removeDevice(ctx, q)
	case ListSessions:
		return r.listSessions(ctx, q)
	case KickSessions:
		return r.kickSessions(ctx, q)
	case Backup:
		return Reply{}, r.backup(q.Dir)
	case Verify:
		return r.verify(ctx)
	}
	return Reply{}, fmt.Errorf("unknown operation %q: the two sides are of different versions", q.Do)
}

// account reads an address that must be one of an account here.
func (r *Room) account(text string) (jid.JID, error) {
	j, err := jid.Parse(text)
	switch {
	case err != nil:
		return jid.JID{}, fmt.Errorf("%q is no address: write it as name@domain", text)
	case j.Local() == "" || j.Resource() != "":
		return jid.JID{}, fmt.Errorf("%q is no account: write it as name@domain", text)
	case len(r.Domains) > 0 && !slices.Contains(r.Domains, j.Domain()):
		return jid.JID{}, fmt.Errorf("%s is not served here: the domains are %s", j.Domain(), strings.Join(r.Domains, ", "))
	}
	return j, nil
}

// credentials makes what is stored of a password. It is slow.
func credentials(password string) ([]byte, error) {
	c, err := sasl.NewCredentials(password, 0, nil)
	if errors.Is(err, sasl.ErrPassword) {
		return nil, errors.New("the password is empty or has characters that no password may have: choose another")
	}
	if err != nil {
		return nil, err
	}
	return c.MarshalBinary()
}

// credentials makes what is stored of a new account's password, or of its keys.
func (q Request) credentials() ([]byte, error) {
	if len(q.Keys) == 0 {
		return credentials(q.Password)
	}
	c, err := sasl.ParseKeys(q.Keys...)
	if err != nil {
		return nil, err
	}
	return c.MarshalBinary()
}

func (r *Room) addUser(ctx context.Context, q Request) error {
	j, err := r.account(q.JID)
	if err != nil {
		return err
	}
	secret, err := q.credentials()
	if err != nil {
		return err
	}
	return r.Store.Do(ctx, func(tx *store.Tx) error {
		switch _, ok, err := tx.Account(j); {
		case err != nil:
			return err
		case ok:
			return AccountExists(j.String())
		}
		return tx.PutAccount(j, store.Account{Credentials: secret, Created: time.Now()})
	})
}

func (r *Room) removeUser(ctx context.Context, q Request) error {
	j, err := r.account(q.JID)
	if err != nil {
		return err
	}
	err = r.Store.Do(ctx, func(tx *store.Tx) error {
		if _, err := existing(tx, j); err != nil {
			return err
		}
		return tx.DeleteAccount(j)
	})
	r.kick(j, err)
	return err
}

// setPassword also forgets the keys of the account's devices, the tokens of its clients, and its streams: who changes a password wants everybody out who is in.
func (r *Room) setPassword(ctx context.Context, q Request) error {
	j, err := r.account(q.JID)
	if err != nil {
		return err
	}
	secret, err := credentials(q.Password)
	if err != nil {
		return err
	}
	err = r.Store.Do(ctx, func(tx *store.Tx) error {
		a, err := existing(tx, j)
		if err != nil {
			return err
		}
		if err := errors.Join(tx.DeleteDevices(j), host.RevokeTokens(tx, j), tx.DeleteStreams(j)); err != nil {
			return err
		}
		a.Credentials = secret
		return tx.PutAccount(j, a)
	})
	r.kick(j, err)
	return err
}

func existing(tx *store.Tx, j jid.JID) (store.Account, error) {
	a, ok, err := tx.Account(j)
	if err == nil && !ok {
		err = NoAccount(j.String())
	}
	return a, err
}

// AccountExists is the error of adding an account that is there.
func AccountExists(address string) error {
	return fmt.Errorf("%s exists: godwit user passwd %[1]s sets a new password", address)
}

// NoAccount is the error of changing an account that is not there.
func NoAccount(address string) error {
	return fmt.Errorf("there is no account %s: godwit user list shows those that are there", address)
}

func (r *Room) kick(j jid.JID, err error) {
	if err == nil && r.Kick != nil {
		r.Kick(j)
	}
}

func (r *Room) listUsers(q Request) (reply Reply, err error) {
	domains := r.Domains
	switch {
	case q.Domain != "":
		domains = []string{q.Domain}
	case len(domains) == 0:
		return Reply{}, errors.New("nobody knows which domains are served: name one")
	}
	for _, d := range domains {
		var found []jid.JID
		var accounts []store.Account
		err := r.Store.Accounts(d, func(j jid.JID, a store.Account) bool {
			found, accounts = append(found, j), append(accounts, a)
			return true
		})
		if err != nil {
			return Reply{}, err
		}
		for i, j := range found {
			u, err := r.user(j, accounts[i])
			if err != nil {
				return Reply{}, err
			}
			reply.Users = append(reply.Users, u)
		}
	}
	return reply, nil
}

// findUser is an account alone, nobody when there is none; an address that can have none is an error.
func (r *Room) findUser(q Request) (reply Reply, err error) {
	j, err := r.account(q.JID)
	if err != nil {
		return reply, err
	}
	a, ok, err := r.Store.Account(j)
	if err != nil || !ok {
		return reply, err
	}
	u, err := r.user(j, a)
	reply.Users = []User{u}
	return reply, err
}

func (r *Room) user(j jid.JID, a store.Account) (User, error) {
	u := User{JID: j.String(), Created: a.Created, LastActive: a.LastActive, Disabled: a.Disabled}
	if r.Sessions != nil {
		u.Sessions = r.Sessions(j)
	}
	err := r.Store.Devices(j, func(store.Device) bool {
		u.Devices++
		return true
	})
	return u, err
}

func (r *Room) verify(ctx context.Context) (Reply, error) {
	report, err := r.Store.Verify(ctx, func(string) {})
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{Keys: report.Keys, Faults: report.Faults}
	for _, f := range report.First {
		reply.First = append(reply.First, f.String())
	}
	return reply, nil
}
