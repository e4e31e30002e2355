package link

import (
	"errors"
	"fmt"

	"github.com/flynn/noise"
)

// refuse returns the answer to a client that is refused, and the error.
func (h *Handshake) refuse(n int, reason Reason) (int, []byte, error) {
	d := h.server.Dictionary
	return n, appendRefusal(nil, reason, d), &Refusal{Reason: reason, Version: Version, Dictionary: d}
}

// serverPreamble takes the preamble, which becomes the prologue of the handshake: nothing of it can be changed on the way.
func (h *Handshake) serverPreamble(in []byte) (n int, out []byte, err error) {
	if n, ok, err := h.serverRoute(in); n > 0 || !ok {
		return n, nil, err
	}
	pattern, whole, err := checkPreamble(in, h.server.Dictionary)
	if r, ok := errors.AsType[*Refusal](err); ok {
		return h.refuse(0, r.Reason)
	}
	if err != nil || !whole {
		return 0, nil, err
	}
	h.pattern = pattern
	cfg := noise.Config{
		CipherSuite: newSuite(), Random: h.server.Random, Pattern: noise.HandshakeXX,
		Prologue: in[:PreambleSize], StaticKeypair: h.server.Static.dh(),
	}
	if pattern == IK {
		cfg.Pattern = noise.HandshakeIK
	}
	if h.noise, err = noise.NewHandshakeState(cfg); err != nil {
		return 0, nil, fmt.Errorf("link: begin the handshake: %w", err)
	}
	h.state = serverFirst
	return PreambleSize, nil, nil
}

// serverFirst takes the client's first message and answers it.
func (h *Handshake) serverFirst(in []byte) (n int, out []byte, err error) {
	body, n, err := message(in, MaxClientMessage)
	if err != nil {
		return h.refuse(n, Malformed)
	}
	if n == 0 {
		return 0, nil, nil
	}
	payload, err := h.read(body)
	if err != nil {
		if h.pattern == IK {
			return h.refuse(n, UseXX) // most likely sealed for a key that this server had before
		}
		return h.refuse(n, Malformed)
	}
	said, err := helloIn(payload, h.pattern)
	if err != nil {
		return h.refuse(n, Malformed)
	}
	h.domain, h.early, h.relay = said.domain, said.early, said.relay
	statement, err := h.server.Statement(h.domain)
	if err != nil {
		return h.refuse(n, HostUnknown)
	}
	if h.pattern == IK {
		return h.answerIK(n)
	}
	out, err = h.write(nil, h.appendNewRoute(appendField(nil, fieldStatement, statement)))
	if err == nil && len(out) > 2+MaxServerMessage {
		err = fmt.Errorf("link: the statement for %s is too large", h.domain)
	}
	h.state = serverLast
	return n, out, err
}

func (h *Handshake) answerIK(n int) (int, []byte, error) {
	if known := h.server.Known; known != nil && !known(h.noise.PeerStatic(), h.domain) {
		return h.refuse(n, UseXX)
	}
	out, err := h.write(nil, h.appendNewRoute(h.answerEarly()))
	if err != nil {
		return n, nil, err
	}
	if h.taken {
		_, h.session.early, _ = cutCounter(h.early)
		h.session.state.Known(&h.ids)
	}
	h.becomeDone()
	return n, out, nil
}

// answerEarly decides whether the early data is taken, which a replayed message's is not, and says so.
func (h *Handshake) answerEarly() []byte {
	if h.early == nil {
		return nil
	}
	fresh := h.server.Fresh
	if counter, _, ok := cutCounter(h.early); ok && fresh != nil {
		h.ids, h.taken = fresh(h.noise.PeerStatic(), h.domain, counter)
	}
	answer := []byte{0}
	if h.taken {
		answer[0] = 1
	}
	return appendField(nil, fieldEarly, answer)
}

// serverLast takes the client's last message of XX.
func (h *Handshake) serverLast(in []byte) (n int, out []byte, err error) {
	body, n, err := message(in, MaxClientMessage)
	if err != nil || n == 0 {
		return n, nil, err
	}
	payload, err := h.read(body)
	if err != nil {
		return n, nil, err
	}
	if _, err := fields(payload); err != nil {
		return n, nil, err
	}
	h.becomeDone()
	return n, nil, nil
}
