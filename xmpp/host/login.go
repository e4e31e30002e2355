package host

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Login is the end of a login by SASL2 (XEP-0388 §2.6.1): all that has to be in the store before the client hears that it has succeeded.
type Login struct {
	Account     jid.JID
	Credentials []byte // of the account, that the login rests on
	// Upgrades are keys that the account gets with the login, as far as it has none yet (XEP-0480 §3).
	Upgrades []*sasl.Upgrade
	Agent    Agent
	// Device names the cursor of the session, "" for one whose device is not known.
	Device string
	// Bind makes it a session that begins at the end of the archive and reads what is before by XEP-0313 (XEP-0386 §3.2).
	Bind bool
	// Token is the token that the login rests on too, nil: none.
	Token *TokenUse
	// WantToken is the mechanism that the agent wants a new token for, "": for none.
	WantToken string
	Now       time.Time
}

// LoggedIn is what the client is told.
type LoggedIn struct {
	Archive ArchiveEnds // with Bind
	Token   Token       // a new one, because it was wanted or is due (XEP-0484 §3.5)
}

// ArchiveEnds are the first and the last entry of an account's archive; both zero when it is empty.
type ArchiveEnds struct {
	First, Last ArchiveEnd
	// Hides says that there may be entries that XEP-0313 does not tell, but only mail.
	Hides bool
}

// ArchiveEnd is an entry of the archive.
type ArchiveEnd struct {
	ID   uint64 // the store's seq
	Time time.Time
}

// Login does what the login asks for, all of it or nothing. The error is ErrChanged when the account is not any more what the client has logged in
// to, or one of the errors of tokens. It waits for the disk: call it in a job.
func (h *Host) Login(l Login) (r LoggedIn, err error) {
	err = h.Store.Do(context.Background(), func(tx *store.Tx) error {
		a, ok, err := tx.Account(l.Account)
		switch {
		case err != nil:
			return err
		case !ok || !holds(a, l.Credentials):
			return ErrChanged
		}
		if l.Credentials, err = l.upgrade(tx, a); err != nil {
			return err
		}
		if r.Token, err = h.noteAgent(tx, l); err != nil {
			return err
		}
		if l.Bind {
			r.Archive, err = l.begin(tx)
			return err
		}
		return beginCursor(tx, l.Account, l.Device)
	})
	return r, err
}

// upgrade gives the account the keys that come with the login, and returns its credentials. Its tokens rest on these from now on: the password is the same.
func (l Login) upgrade(tx *store.Tx, a store.Account) ([]byte, error) {
	before := a.Credentials
	if len(l.Upgrades) == 0 {
		return before, nil
	}
	var c sasl.Credentials
	if err := c.UnmarshalBinary(before); err != nil {
		return nil, err
	}
	now, err := c.Upgraded(l.Upgrades).MarshalBinary()
	if err != nil || bytes.Equal(now, before) {
		return before, err
	}
	a.Credentials = now
	return now, errors.Join(tx.PutAccount(l.Account, a), moveTokens(tx, l.Account, before, now))
}

// noteAgent remembers the agent and its tokens: one that has no id has none.
func (h *Host) noteAgent(tx *store.Tx, l Login) (Token, error) {
	if l.Agent.ID == "" {
		return Token{}, nil
	}
	a, known, err := agent(tx, l.Account, l.Agent.ID)
	if err != nil {
		return Token{}, err
	}
	if !known {
		if err := makeRoom(tx, l.Account, cmp.Or(h.MaxAgents, DefaultMaxAgents)); err != nil {
			return Token{}, err
		}
	}
	a.Software, a.Device, a.Seen = l.Agent.Software, l.Agent.Device, l.Now.UTC()
	t, err := h.tokens(&a, l)
	if err != nil {
		return Token{}, err
	}
	return t, putAgent(tx, l.Account, l.Agent.ID, a)
}

// begin puts the device's cursor to the end of the archive, unless the archive hides something, and returns the archive's ends as they are at that moment.
func (l Login) begin(tx *store.Tx) (ends ArchiveEnds, err error) {
	last, err := tx.ArchiveLast(l.Account)
	if err != nil || last == 0 {
		return ends, errors.Join(err, beginCursor(tx, l.Account, l.Device))
	}
	note := func(end *ArchiveEnd) func(seq uint64, e store.Entry) bool {
		return func(seq uint64, e store.Entry) bool {
			*end = ArchiveEnd{seq, e.Time}
			return false
		}
	}
	if err := tx.Archive(l.Account, 0, 1, note(&ends.First)); err != nil {
		return ends, err
	}
	if err := tx.ArchiveBefore(l.Account, last+1, 1, note(&ends.Last)); err != nil {
		return ends, err
	}
	flags, err := tx.ArchiveFlags(l.Account)
	switch ends.Hides = flags != 0; {
	case err != nil || l.Device == "":
		return ends, err
	case ends.Hides: // what it has not had of them is behind its cursor
		return ends, beginCursor(tx, l.Account, l.Device)
	}
	return ends, tx.SetCursor(l.Account, l.Device, last)
}

// beginCursor gives a device that is new its place in the archive: where the account's clients without a device have come to, so that it gets what
// nobody has got yet.
func beginCursor(tx *store.Tx, account jid.JID, device string) error {
	if device == "" {
		return nil
	}
	known, err := tx.HasCursor(account, device) // it outlives a key
	if err != nil || known {
		return err
	}
	shared, err := tx.Cursor(account, "")
	if err != nil {
		return err
	}
	return tx.SetCursor(account, device, shared)
}
