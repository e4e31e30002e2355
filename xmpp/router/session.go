package router

import (
	"sync/atomic"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Session is a bound resource (RFC 6120 §7). Its owner fills the exported fields before Bind and leaves them alone
// after (but for Park and Redirect); the rest is the Router's, under its account's lock.
type Session struct {
	JID      jid.JID // full
	Mailbox  stream.Mailbox
	Encoding codec.Encoding
	// Device names the cursor that this session moves in its account's archive, "" for a client whose device
	// the server does not know.
	Device string
	// Told is the archive entry up to which the client reads the archive by XEP-0313: of what is before, it gets only what that does not tell.
	Told uint64

	account    *account
	presence   []byte        // the last available presence in the archive's coding; nil: not available
	directed   []jid.JID     // who got directed presence and no end of it (RFC 6121 §4.6)
	settled    uint64        // the archive entry up to which the client has all that it was sent; see Settle
	posted     atomic.Uint64 // the last archive entry that the session was, or will be, sent; see Settle
	carbons    uint64        // 0: off; else the session gets carbons of the archive entries from this one on (XEP-0280)
	priority   int8
	interested bool // has asked for the roster: gets pushes (RFC 6121 §2.2)
	parked     bool // has no connection, see Park
}

// Presence is what a session's last broadcast presence said.
type Presence struct {
	Stanza   []byte // the available presence, encoded to keep; nil: unavailable
	Priority int8   // RFC 6121 §4.7.2.3
}

// Target is where to post: a session without its state.
type Target struct {
	Session  *Session
	Mailbox  stream.Mailbox
	Encoding codec.Encoding

	// Parked says that the session has no connection, see Park.
	Parked bool

	able    bool
	carbons uint64
}

func (s *Session) target() Target {
	return Target{s, s.Mailbox, s.Encoding, s.parked, s.able(), s.carbons}
}

// Note is a message to a session that carries no stanza.
type Note uint8

// The notes that the router posts as stream.Mail.
const (
	// Replaced tells a session that another one has bound its resource (RFC 6120 §7.7.2.2): conflict.
	Replaced Note = iota + 1
	// Removed tells a session that its account is no more, or its password was changed: not-authorized.
	Removed
	// Kicked tells a session that the operator ends it: policy-violation.
	Kicked
)
