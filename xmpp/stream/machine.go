package stream

import (
	"time"

	"github.com/godwit-im/godwit/codec"
)

// Machine is one end of a stream. Step must return quickly and never block.
type Machine interface {
	Step(in *Input, out *Output)
}

// Kind says what an Input is.
type Kind uint8

// The inputs.
const (
	Opened     Kind = iota + 1 // the connection is there: Mailbox and Peer are set, Security too when the transport is secure from the start
	Header                     // the peer's stream header: Element
	Element                    // a first-level element: Element
	Footer                     // the peer closed its stream
	Malformed                  // the peer's bytes are no stream: Err, mostly an *codec.Error; no element will follow
	Secured                    // StartTLS has succeeded: Security is set; a new header will follow
	Compressed                 // Compress is in force: the end that has asked for it sends its header now; given to clients only
	Tick                       // the time given to SetTimer has come
	Result                     // the work given to Do is done: Result
	Delivery                   // another goroutine has posted Mail
	Drained                    // the output that was congested is below half its mark again, or mail was refused and there is room for it again
	Shutdown                   // the server is going down: say so and close
	Closed                     // the connection is gone: Err says why, nil for an orderly end
	Room                       // all output has left the shell, or soon will: there is room for what could wait, see Output.More
)

// Input is one event for a Machine. It is valid during Step only.
type Input struct {
	Kind     Kind
	Now      time.Time // of this step; machines know no other time
	Element  codec.Element
	Err      error
	Security *Security
	Peer     Peer
	Mailbox  Mailbox
	Result   any
	Mail     Mail
}

// Security is what a secure transport knows of itself. It stays valid, and is read-only.
type Security struct {
	Protocol   string // "TLS 1.3", "Noise"
	ServerName string // SNI, as the client sent it; empty when unknown
	// Bindings returns the data of the channel binding of that type ("tls-exporter", RFC 9266; "tls-server-end-point", RFC 5929;
	// "noise-handshake", the handshake hash of the link), nil when this connection has none of that type.
	Bindings func(name string) []byte
	// PeerKey is the peer's static key on the link, nil on other transports, and when the peer is a relay for others: then there are no Bindings either.
	PeerKey []byte
	// Proven says that PeerKey was known before: the handshake was IK, so that holding the key is the login.
	Proven bool
}

// Peer describes the connection.
type Peer struct {
	ID      uint64 // unique in the process: "cid" in logs
	Address string // of the peer as far as known (PROXY protocol), for logs and limits
	Link    bool   // the link: compact coding, secure from the start
}

// Mailbox takes Mail for one machine, from any goroutine, without blocking. It can be compared with ==.
type Mailbox interface {
	// Post hands m over; the machine gets it as a Delivery, in the order posted by one goroutine. Post owns the reference on m.Frame. When it
	// returns true the machine gets m before Closed. When the machine is gone, or too much mail is waiting, it returns false, and the frame has been released; in the second case the machine will
	// be given Drained, to fetch from the store what it has missed.
	Post(m Mail) bool
}

// Mail is what one machine, or the server, has for another.
type Mail struct {
	Frame *codec.Frame // a stanza to pass to the peer, nil when the mail is a Note
	Note  any          // anything else the machine understands; it must not allocate on hot paths
}
