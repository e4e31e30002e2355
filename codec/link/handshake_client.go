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
	h.said = appendPreamble(nil, h.pattern, c.Dictionary)
	cfg := noise.Config{
		CipherSuite: h.suite, Random: c.Random, Pattern: noise.HandshakeXX, Initiator: true,
		Prologue: h.said, StaticKeypair: c.Static.dh(),
	}
	if h.pattern != XX {
		cfg.Pattern, cfg.PeerStatic = noise.HandshakeIK, c.ServerKey
	}
	if h.noise, err = noise.NewHandshakeState(cfg); err != nil {
		return 0, nil, fmt.Errorf("link: begin the handshake: %w", err)
	}
	if h.said, err = h.write(h.said, h.clientPayload()); err != nil {
		return 0, nil, err
	}
	h.state = clientReply
	return 0, append(appendRoute(nil, c.Route), h.said...), nil
}

// clientPayload is what the first message says: whom it is for, and in IK what the client cannot wait to say.
func (h *Handshake) clientPayload() []byte {
	c := h.client
	payload := h.clientWish()
	if h.pattern != XX && c.IDs != nil && !c.Relay {
		payload = nil // the server knows whose device this is
	}
	if h.pattern == XX || len(c.Early) == 0 || c.IDs == nil {
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

// clientWish says whom the client wants to speak with.
func (h *Handshake) clientWish() []byte {
	wish := appendField(nil, fieldDomain, []byte(h.domain))
	if h.client.Relay {
		wish = appendField(wish, fieldRelay, nil)
	}
	return wish
}

// clientReply takes the server's message, or its refusal, and sends the last message if there is one.
func (h *Handshake) clientReply(in []byte) (n int, out []byte, err error) {
	body, fallback, n, err := h.reply(in)
	if err != nil || n == 0 {
		return n, nil, err
	}
	switch {
	case fallback:
		e := h.noise.LocalEphemeral()
		if err = h.fallBack(noise.Config{StaticKeypair: h.client.Static.dh(), EphemeralKeypair: e}, h.said); err != nil {
			return n, nil, err
		}
	case len(body) == 0:
		if len(in) < refusalSize {
			return 0, nil, nil
		}
		return refusalSize, nil, parseRefusal(in)
	case h.pattern == XXfallback:
		h.pattern = IK
	}
	payload, err := h.read(body)
	if err != nil {
		return n, nil, err
	}
	want := []byte{fieldStatement, fieldRoute, fieldEarly}
	if h.early == nil {
		want = want[:2]
	}
	v, err := fields(payload, want...)
	if err != nil {
		return n, nil, err
	}
	if h.route = h.client.Route; v[1] != nil {
		h.route = bytes.Clone(v[1])
	}
	if h.taken = len(v[2]) == 1 && v[2][0] == 1; !h.taken {
		h.packed = nil // as if it had not been said
	}
	if h.pattern != IK {
		if out, err = h.clientLast(v[0]); err != nil {
			return n, nil, err
		}
	}
	h.becomeDone()
	return n, out, nil
}

// reply cuts the server's message off, and tells whether it is one of XXfallback.
func (h *Handshake) reply(in []byte) (body []byte, fallback bool, n int, err error) {
	if h.pattern == XXfallback && len(in) >= 2 {
		if size := int(binary.BigEndian.Uint16(in)); size&markFallback != 0 {
			body, n, err = cutMessage(in, size&^markFallback, MaxServerMessage)
			return body, true, n, err
		}
	}
	body, n, err = message(in, MaxServerMessage)
	return body, false, n, err
}

// clientLast sends the last message to a server whose key the statement proves. After a fallback it says again what the first has said, but nothing early.
func (h *Handshake) clientLast(statement []byte) (out []byte, err error) {
	if h.expires, err = h.verify(h.noise.PeerStatic(), statement); err != nil {
		return nil, fmt.Errorf("link: the server's key is not proved: %w", err)
	}
	if h.pattern == XX {
		return h.write(nil, nil)
	}
	return h.write(nil, h.clientWish())
}

func (h *Handshake) verify(serverKey, statement []byte) (expires time.Time, err error) {
	if c := h.client; c.Verify == nil {
		return VerifyStatement(statement, serverKey, c.Domain, c.Roots, c.Now)
	}
	return h.client.Verify(serverKey, statement)
}
