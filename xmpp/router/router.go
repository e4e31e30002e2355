package router

import (
	"bytes"
	"errors"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// DefaultMaxSessions is how many resources an account may have bound at once.
const DefaultMaxSessions = 20

// Router holds the bound sessions of all local accounts.
type Router struct {
	Encoders    [2]codec.Encoder // by codec.Encoding; fixed
	MaxSessions int              // per account

	seed   maphash.Seed
	shards [64]shard
}

type shard struct {
	mu       sync.Mutex
	accounts map[string]*account // by bare JID; only those with a bound session
}

type account struct {
	jid      jid.JID
	sessions []*Session // in the order of binding
}

// New returns an empty Router that encodes with these.
func New(xml, compact codec.Encoder) *Router {
	r := &Router{MaxSessions: DefaultMaxSessions, seed: maphash.MakeSeed()}
	r.Encoders[codec.XML], r.Encoders[codec.Compact] = xml, compact
	for i := range r.shards {
		r.shards[i].accounts = make(map[string]*account)
	}
	return r
}

// ErrTooMany says that the account has as many sessions as it may have.
var ErrTooMany = errors.New("router: too many sessions for this account")

// Bind makes s known. A session that holds the same resource is told Replaced and forgotten; it does not have to
// unbind (RFC 6120 §7.7.2.2, the second way).
func (r *Router) Bind(s *Session) error {
	bare := s.JID.Bare()
	sh := r.shardOf(bare.String())
	old, err := sh.bind(s, bare, r.MaxSessions)
	if old != nil {
		old.Post(stream.Mail{Note: Replaced})
	}
	return err
}

// bind returns the mailbox of the session whose place s has taken. Those without a connection do not count for the limit.
func (sh *shard) bind(s *Session, bare jid.JID, limit int) (old stream.Mailbox, err error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	a := sh.accounts[bare.String()]
	if a == nil {
		a = &account{jid: bare}
		sh.accounts[bare.String()] = a
	}
	for i, other := range a.sessions {
		if other.JID == s.JID {
			a.sessions[i] = s
			s.inherit(other, a)
			return other.Mailbox, nil
		}
	}
	if len(a.sessions)-a.parked() >= limit {
		return nil, ErrTooMany
	}
	a.sessions, s.account = append(a.sessions, s), a
	return nil, nil
}

// End is what a session leaves behind when it ends.
type End struct {
	Available bool      // it was available: others have to hear that it is not
	Directed  []jid.JID // who else got its presence (RFC 6121 §4.6)
}

// inherit puts s in the place of other: what other was sent and has not taken still holds the cursor, and who got its directed presence
// will hear of the end of the heir's.
func (s *Session) inherit(other *Session, a *account) {
	s.account, other.account = a, nil
	s.directed, other.directed = other.directed, nil
	s.settled = other.settled
	s.posted.Store(other.posted.Load())
}

// Unbind forgets s and returns what it leaves behind; ok is false when that is nothing: s was not bound, or another session
// has taken its place and is available there.
func (r *Router) Unbind(s *Session) (end End, ok bool) {
	sh := r.shardOf(s.JID.Bare().String())
	sh.mu.Lock()
	defer sh.mu.Unlock()
	end = End{Available: s.presence != nil, Directed: s.directed}
	a := s.account
	s.account, s.presence, s.directed = nil, nil, nil
	if a == nil { // never bound, or replaced
		heir := find(sh.accounts[s.JID.Bare().String()], s.JID.Resource())
		return end, end.Available && (heir == nil || heir.presence == nil)
	}
	a.sessions = slices.DeleteFunc(a.sessions, func(other *Session) bool { return other == s })
	if len(a.sessions) == 0 {
		delete(sh.accounts, a.jid.String())
	}
	return end, true
}

func (r *Router) shardOf(bare string) *shard {
	return &r.shards[maphash.String(r.seed, bare)%uint64(len(r.shards))]
}

// lookup calls f with the account of the bare JID, nil when nobody is bound there, under the account's lock: f must not call out.
func (r *Router) lookup(bare jid.JID, f func(a *account)) {
	sh := r.shardOf(bare.String())
	sh.mu.Lock()
	defer sh.mu.Unlock()
	f(sh.accounts[bare.String()])
}

// lookupBytes is lookup for an address as written; it also gives its resource, nil for a bare JID.
func (r *Router) lookupBytes(address []byte, f func(a *account, resource []byte)) {
	bare, resource, _ := bytes.Cut(address, []byte("/"))
	if len(bare) == len(address) {
		resource = nil
	}
	sh := &r.shards[maphash.Bytes(r.seed, bare)%uint64(len(r.shards))]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	f(sh.accounts[string(bare)], resource)
}

// find returns the session with that resource.
func find[T ~string | ~[]byte](a *account, resource T) *Session {
	if a == nil {
		return nil
	}
	for _, s := range a.sessions {
		if s.JID.Resource() == string(resource) {
			return s
		}
	}
	return nil
}

// Resolve returns the JID of an address as written. It does not allocate when the address is that of a bound account or resource
// in canonical form; otherwise it is jid.ParseBytes.
func (r *Router) Resolve(address []byte) (j jid.JID, err error) {
	r.lookupBytes(address, func(a *account, resource []byte) {
		switch {
		case a == nil:
		case resource == nil:
			j = a.jid
		default:
			if s := find(a, resource); s != nil {
				j = s.JID
			}
		}
	})
	if !j.IsZero() {
		return j, nil
	}
	return jid.ParseBytes(address)
}

// Len returns the number of accounts and sessions that are bound.
func (r *Router) Len() (accounts, sessions int) {
	for i := range r.shards {
		sh := &r.shards[i]
		sh.mu.Lock()
		accounts += len(sh.accounts)
		for _, a := range sh.accounts {
			sessions += len(a.sessions)
		}
		sh.mu.Unlock()
	}
	return accounts, sessions
}
