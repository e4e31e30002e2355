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
		CipherSuite: h.suite, Random: h.server.Random, Pattern: noise.HandshakeXX,
		Prologue: in[:PreambleSize], StaticKeypair: h.server.Static.dh(),
	}
	if pattern != XX {
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
		if h.pattern == XX {
			return h.refuse(n, Malformed)
		}
		return h.cannotBeIK(in[:n], "") // most likely sealed for a key that this server had before
	}
	said, err := helloIn(payload, h.pattern)
	if err != nil {
		return h.refuse(n, Malformed)
	}
	if h.domain, h.early, h.relay = said.domain, said.early, said.relay; h.domain == "" && !h.home() {
		return h.cannotBeIK(in[:n], "")
	}
	statement, err := h.server.Statement(h.domain)
	if err != nil {
		return h.refuse(n, HostUnknown)
	}
	if h.pattern != XX {
		return h.answerIK(in[:n])
	}
	out, err = h.writeStatement(statement)
	return n, out, err
}

// writeStatement writes the second message of XX or XXfallback.
func (h *Handshake) writeStatement(statement []byte) (out []byte, err error) {
	out, err = h.write(nil, h.appendNewRoute(appendField(nil, fieldStatement, statement)))
	if err == nil && len(out) > 2+MaxServerMessage {
		err = errors.New("link: the statement is too large")
	}
	h.state = serverLast
	return out, err
}

// home finds out which domain a device means that does not say it.
func (h *Handshake) home() (ok bool) {
	if h.server.Home == nil {
		return false
	}
	h.domain, ok = h.server.Home(h.noise.PeerStatic())
	return ok
}

// answerIK writes the second message of IK, unless the server does not know the client.
func (h *Handshake) answerIK(first []byte) (n int, out []byte, err error) {
	if known := h.server.Known; known != nil && !known(h.noise.PeerStatic(), h.domain) {
		return h.cannotBeIK(first, h.domain)
	}
	h.pattern = IK
	if out, err = h.write(nil, h.appendNewRoute(h.answerEarly())); err != nil {
		return len(first), nil, err
	}
	h.becomeDone()
	if h.taken {
		_, h.session.early, _ = cutCounter(h.early)
		h.session.state.Known(&h.ids)
	}
	return len(first), out, nil
}

// cannotBeIK answers a first message of IK that is of no use, with XXfallback if the client knows that, as one for domain; "" for one that cannot be opened.
func (h *Handshake) cannotBeIK(first []byte, domain string) (n int, out []byte, err error) {
	n = len(first)
	if h.pattern == IK {
		return h.refuse(n, UseXX)
	}
	if n < 2+KeySize {
		return h.refuse(n, Malformed)
	}
	statement, err := h.server.Statement(domain)
	if err != nil {
		return h.refuse(n, UseXX) // then the client says for which of the hosts it is
	}
	cfg := noise.Config{Random: h.server.Random, StaticKeypair: h.server.Static.dh(), PeerEphemeral: first[2:][:KeySize]}
	if err = h.fallBack(cfg, append(appendPreamble(nil, h.pattern, h.server.Dictionary), first...)); err != nil {
		return n, nil, err
	}
	if out, err = h.writeStatement(statement); err != nil {
		return n, nil, err
	}
	out[0] |= markFallback >> 8
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

// serverLast takes the client's last message of XX or XXfallback.
func (h *Handshake) serverLast(in []byte) (n int, out []byte, err error) {
	body, n, err := message(in, MaxClientMessage)
	if err != nil || n == 0 {
		return n, nil, err
	}
	payload, err := h.read(body)
	if err != nil {
		return n, nil, err
	}
	if h.pattern == XXfallback {
		err = h.hearAgain(payload)
	} else {
		_, err = fields(payload)
	}
	if err != nil {
		return n, nil, err
	}
	h.becomeDone()
	return n, nil, nil
}

// hearAgain takes what the client says after a fallback instead of with its first message.
func (h *Handshake) hearAgain(payload []byte) error {
	said, err := helloIn(payload, XX)
	if err != nil {
		return err
	}
	h.domain, h.relay = said.domain, said.relay
	if _, err := h.server.Statement(h.domain); err != nil {
		return fmt.Errorf("link: after a fallback: %w", err)
	}
	return nil
}
