package host

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Agent is an installation of a client, as it describes itself when it logs in (XEP-0388 §2.3).
type Agent struct {
	ID       string // a UUID in lower case, the same at each login; empty: it has none
	Software string // for the account's owner only
	Device   string // the same
}

// Cursor names the agent's place in its account's archive (router.Session.Device), "" when it has no id.
func (a Agent) Cursor() string {
	if a.ID == "" {
		return ""
	}
	return "ua:" + a.ID
}

// agentSpace holds a record for each agent of an account, by its id.
const agentSpace = "user-agents"

// DefaultMaxAgents is how many agents an account remembers.
const DefaultMaxAgents = 50

// agentRecord is what is kept of an agent, as JSON.
type agentRecord struct {
	Software string    `json:"software,omitempty"`
	Device   string    `json:"device,omitempty"`
	Seen     time.Time `json:"seen"` // its last login
	// New is a token that it has got and not used yet, Current the one that it has used last (XEP-0484 §5.1).
	New     *token `json:"new,omitempty"`
	Current *token `json:"current,omitempty"`
}

// agentReader is a store, or an operation on it.
type agentReader interface {
	SpaceGet(space string, account jid.JID, key []byte) ([]byte, bool, error)
	SpaceScan(space string, account jid.JID, prefix []byte, f func(key, val []byte) bool) error
}

// agent returns the record of an agent, ok false when there is none.
func agent(r agentReader, account jid.JID, id string) (a agentRecord, ok bool, err error) {
	val, ok, err := r.SpaceGet(agentSpace, account, []byte(id))
	if !ok || err != nil {
		return a, false, err
	}
	a, err = decodeAgent(id, val)
	return a, err == nil, err
}

func decodeAgent(id string, val []byte) (a agentRecord, err error) {
	if err = json.Unmarshal(val, &a); err != nil {
		err = fmt.Errorf("host: the record of user-agent %s: %w", id, err)
	}
	return a, err
}

func putAgent(tx *store.Tx, account jid.JID, id string, a agentRecord) error {
	val, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return tx.SpacePut(agentSpace, account, []byte(id), val)
}

// Agents calls f with the agents of an account and when each has logged in last, until f returns false. It reads the disk: call it in a job.
func Agents(r agentReader, account jid.JID, f func(a Agent, seen time.Time) bool) error {
	return agents(r, account, func(id string, a agentRecord) bool {
		return f(Agent{id, a.Software, a.Device}, a.Seen)
	})
}

func agents(r agentReader, account jid.JID, f func(id string, a agentRecord) bool) error {
	var fault error
	err := r.SpaceScan(agentSpace, account, nil, func(key, val []byte) bool {
		id := string(key)
		a, err := decodeAgent(id, val)
		if err != nil {
			fault = err
			return false
		}
		return f(id, a)
	})
	if err == nil {
		err = fault
	}
	return err
}

// makeRoom forgets the agent that has not come for the longest time, when the account remembers as many as it may.
func makeRoom(tx *store.Tx, account jid.JID, limit int) error {
	n, oldest, seen := 0, "", time.Time{}
	err := agents(tx, account, func(id string, a agentRecord) bool {
		if n == 0 || a.Seen.Before(seen) {
			oldest, seen = id, a.Seen
		}
		n++
		return true
	})
	if err != nil || n < limit {
		return err
	}
	return RemoveAgent(tx, account, oldest)
}

// RemoveAgent forgets an agent of the account: its tokens log nobody in any more, and it begins anew in the archive.
func RemoveAgent(tx *store.Tx, account jid.JID, id string) error {
	if err := tx.SpaceDelete(agentSpace, account, []byte(id)); err != nil {
		return err
	}
	return tx.DeleteCursor(account, Agent{ID: id}.Cursor())
}
