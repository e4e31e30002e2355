package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/flynn/noise"

	"github.com/godwit-im/godwit/codec/pack"
)

// clientHello sends the preamble and the first message.
func (h *Handshake) clientHello() (n int, out []byte, err error) {
	c := h.client
	if !validDomain(c.Domain) {
		return 0, nil, fmt.Errorf("link: %q is no domain", c.Domain)
	}
	if c.ServerKey != nil && len(c.ServerKey) != KeySize {
		return 0, nil, errors.New("link: the server's key has a wrong size")
	}
	if len(c.Route) > MaxRoute {
		return 0, nil, errRoute
	}
	route := appendRoute(nil, c.Route)
	out = appendPreamble(nil, h.pattern, c.Dictionary)
	cfg := noise.Config{
		CipherSuite: newSuite(), Random: c.Random, Pattern: noise.HandshakeXX, Initiator: true,
		Prologue: out, StaticKeypair: c.Static.dh(),
	}
	if h.pattern == IK {
		cfg.Pattern, cfg.PeerStatic = noise.HandshakeIK, c.ServerKey
	}
	if h.noise, err = noise.NewHandshakeState(cfg); err != nil {
		return 0, nil, fmt.Errorf("link: begin the handshake: %w", err)
	}
	out, err = h.write(append(route, out...), h.clientPayload())
	h.state = clientReply
	return 0, out, err
}

// clientPayload is what the first message says: whom it is for, and in IK what the client cannot wait to say.
func (h *Handshake) clientPayload() []byte {
	c := h.client
	payload := appendField(nil, fieldDomain, []byte(c.Domain))
	if c.Relay {
		payload = appendField(payload, fieldRelay, nil)
	}
	if h.pattern != IK || len(c.Early) == 0 || c.IDs == nil {
		return payload
	}
	h.packed = pack.NewSession(true, h.domain)
	h.packed.Known(c.IDs)
	counter := binary.AppendUvarint(nil, c.Counter)
	early := new(Desk).packAll(counter, c.Early, h.packed)
	said, ok := c.Padding.appendPadding(appendField(payload, fieldEarly, early), MaxClientMessage-maxEarly, MaxClientMessage)
	if !ok || len(c.Early) > expansion*(len(early)-len(counter))+expansionFree {
		h.packed = nil
		return payload
	}
	h.early = early
	return said
}

// clientReply takes the server's message, or its refusal, and in XX sends the last message.
func (h *Handshake) clientReply(in []byte) (n int, out []byte, err error) {
	body, n, err := message(in, MaxServerMessage)
	if err != nil || n == 0 {
		return n, nil, err
	}
	if len(body) == 0 {
		if len(in) < refusalSize {
			return 0, nil, nil
		}
		return refusalSize, nil, parseRefusal(in)
	}
	payload, err := h.read(body)
	if err != nil {
		return n, nil, err
	}
	v, err := fields(payload, fieldStatement, fieldEarly, fieldRoute)
	if err != nil {
		return n, nil, err
	}
	statement := v[0]
	if h.route = h.client.Route; v[2] != nil {
		h.route = bytes.Clone(v[2])
	}
	if h.taken = len(v[1]) == 1 && v[1][0] == 1; !h.taken && h.packed != nil {
		h.session.state = pack.NewSession(true, h.domain) // as if it had not been said
	}
	if h.pattern == XX {
		if out, err = h.clientLast(statement); err != nil {
			return n, nil, err
		}
	}
	h.becomeDone()
	return n, out, nil
}

// clientLast sends the last message of XX to a server whose key the statement proves.
func (h *Handshake) clientLast(statement []byte) (out []byte, err error) {
	if h.expires, err = h.verify(h.noise.PeerStatic(), statement); err != nil {
		return nil, fmt.Errorf("link: the server's key is not proved: %w", err)
	}
	return h.write(nil, nil)
}

func (h *Handshake) verify(serverKey, statement []byte) (expires time.Time, err error) {
	if c := h.client; c.Verify == nil {
		return VerifyStatement(statement, serverKey, c.Domain, c.Roots, c.Now)
	}
	return h.client.Verify(serverKey, statement)
}
