package link

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/flynn/noise"

	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/pack"
)

// The most bytes of a handshake message, its length not counted.
const (
	MaxClientMessage = 8_192
	MaxServerMessage = 16_384
	// maxEarly is the most bytes of the first message's payload: the rest are two keys and two tags.
	maxEarly = MaxClientMessage - 2*KeySize - 2*tagSize
)

// Handshake is one end of a connection until the link is up. It keeps no input: what Step did not consume is to be
// given to it again, with more behind it.
type Handshake struct {
	server  *ServerConfig // one of the two is set
	client  *ClientConfig
	state   state
	pattern Pattern // XXfallback until it is certain that it is IK
	domain  string
	suite   noise.CipherSuite
	noise   *noise.HandshakeState
	keys    [2]*noise.CipherState // once Noise has them: of what its initiator sends, and of what it receives
	session *Session
	expires time.Time
	said    []byte        // of a client: the preamble and the first message, with which a fallback begins
	relay   bool          // of a server: the client relays
	early   []byte        // of IK: the counter and what the client said with its first message
	taken   bool          // the server has taken it
	packed  *pack.Session // of the client that said it
	ids     archiveid.Key // of the client's account, if it is taken
	route   []byte        // the token that came in front, nil when none did; of a client, the one for the next time
}

type state uint8

const (
	clientStart    state = iota // nothing was sent
	clientReply                 // the server's message or refusal is due
	serverPreamble              // the preamble is due
	serverFirst                 // the client's first message is due
	serverLast                  // the client's second message is due (not in IK)
	isDone
	isFailed
)

// NewServer returns the server's end.
func NewServer(cfg *ServerConfig) *Handshake {
	return &Handshake{server: cfg, state: serverPreamble, suite: newSuite()}
}

// NewClient returns the client's end. Its first Step needs no input.
func NewClient(cfg ClientConfig) *Handshake {
	h := &Handshake{client: &cfg, state: clientStart, pattern: XX, domain: cfg.Domain, suite: newSuite()}
	if cfg.ServerKey != nil {
		h.pattern = XXfallback
	}
	return h
}

// Step consumes n bytes of in, the input that was not consumed before, and returns bytes to write, which belong to the
// caller. With done the handshake is over, the rest of the input are frames. An error is final: write out, which may hold a refusal, and close. It
// is a *Refusal on both sides when one was sent.
func (h *Handshake) Step(in []byte) (n int, out []byte, done bool, err error) {
	for {
		m, reply, err := h.step(in[n:])
		out, n = append(out, reply...), n+m
		switch {
		case err != nil:
			h.state, h.noise = isFailed, nil
			return n, out, false, err
		case h.state == isDone:
			return n, out, true, nil
		case m == 0 && len(reply) == 0:
			return n, out, false, nil
		}
	}
}

// step makes one transition, when the input for it is there.
func (h *Handshake) step(in []byte) (n int, out []byte, err error) {
	switch h.state {
	case clientStart:
		return h.clientHello()
	case clientReply:
		return h.clientReply(in)
	case serverPreamble:
		return h.serverPreamble(in)
	case serverFirst:
		return h.serverFirst(in)
	case serverLast:
		return h.serverLast(in)
	}
	return 0, nil, errOver
}

// Session returns the link, once Step said done.
func (h *Handshake) Session() *Session { return h.session }

// EarlyTaken reports whether the server has taken ClientConfig.Early, once Step said done. What it has not taken is to be sent again.
func (h *Handshake) EarlyTaken() bool { return h.taken }

// Expires returns when the client should forget the server's key (Session.PeerStatic) at the latest, once Step said done for XX or XXfallback.
func (h *Handshake) Expires() time.Time { return h.expires }

// markFallback in a length marks message 2 of XXfallback.
const markFallback = 0x8000

// message returns the message that in begins, and its bytes with its length; 0 when in does not hold it whole.
func message(in []byte, limit int) (body []byte, n int, err error) {
	if len(in) < 2 {
		return nil, 0, nil
	}
	return cutMessage(in, int(binary.BigEndian.Uint16(in)), limit)
}

func cutMessage(in []byte, size, limit int) (body []byte, n int, err error) {
	if size > limit {
		return nil, 0, errTooLarge
	}
	if len(in) < 2+size {
		return nil, 0, nil
	}
	return in[2 : 2+size], 2 + size, nil
}

// write appends the next Noise message with its length to dst.
func (h *Handshake) write(dst, payload []byte) (_ []byte, err error) {
	mark := len(dst)
	if dst, h.keys[0], h.keys[1], err = h.noise.WriteMessage(append(dst, 0, 0), payload); err != nil {
		return nil, fmt.Errorf("link: write a handshake message: %w", err)
	}
	binary.BigEndian.PutUint16(dst[mark:], uint16(len(dst)-mark-2))
	return dst, nil
}

// read takes the next Noise message and returns its payload.
func (h *Handshake) read(body []byte) (payload []byte, err error) {
	if payload, h.keys[0], h.keys[1], err = h.noise.ReadMessage(nil, body); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return payload, nil
}

// becomeDone makes the session. Of XXfallback the server is the initiator, of the others the client.
func (h *Handshake) becomeDone() {
	send, receive := h.keys[0], h.keys[1]
	if (h.server != nil) != (h.pattern == XXfallback) {
		send, receive = receive, send
	}
	h.session = newSession(h, send, receive)
	h.state, h.noise, h.said = isDone, nil, nil
}

// fallBack begins XXfallback, in which the client's ephemeral key is known from said: the preamble and its first message. That is the prologue of it.
func (h *Handshake) fallBack(cfg noise.Config, said []byte) (err error) {
	cfg.CipherSuite, cfg.Pattern, cfg.Initiator, cfg.Prologue = h.suite, noise.HandshakeXXfallback, h.server != nil, said
	h.early, h.packed = nil, nil
	if h.noise, err = noise.NewHandshakeState(cfg); err != nil {
		return fmt.Errorf("link: begin the fallback: %w", err)
	}
	return nil
}
