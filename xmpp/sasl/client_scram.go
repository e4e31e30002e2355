package sasl

import (
	"crypto/subtle"
	"strings"
)

// scramClient is the client side of SCRAM (RFC 5802 §5).
type scramClient struct {
	mechanism
	username, password string // the password is prepared
	nonce              string // the client's part
	gs2                string // the GS2 header
	binding            ChannelBinding
	offer              string // the hash of what was offered, as it came
	memory             *ClientKeys

	bare   string    // the client-first message without gs2, once it is out
	keys   scramKeys // once the proof is out
	expect []byte    // the ServerSignature, once the proof is out
}

func newScramClient(m mechanism, username, password string, cfg ClientConfig) (*Client, error) {
	nonce, err := newNonce(cfg.Rand)
	if err != nil {
		return nil, fail(TemporaryAuthFailure, "the source of nonces failed")
	}
	x := &scramClient{mechanism: m, username: username, password: password, nonce: nonce, memory: cfg.Keys}
	x.offer = m.hash.offerHash(cfg.Offered, cfg.OfferedBindings)
	if err := x.setGS2(cfg); err != nil {
		return nil, err
	}
	return &Client{exchange: x}, nil
}

// setGS2 makes the GS2 header: the channel binding flag (RFC 5802 §6,
// XEP-0440 §3) and the authorization identity.
func (x *scramClient) setGS2(cfg ClientConfig) error {
	binding, ok, err := commonBinding(cfg)
	if err != nil {
		return err
	}
	switch {
	case x.plus && !ok:
		return aborted("there is no channel binding to use")
	case x.plus:
		x.binding, x.gs2 = binding, "p="+binding.Type
	case len(cfg.ChannelBindings) > 0 && !seesPlus(cfg):
		x.gs2 = "y"
	default:
		x.gs2 = "n"
	}
	x.gs2 += ","
	if cfg.AuthzID != "" {
		x.gs2 += "a=" + escapeName(cfg.AuthzID)
	}
	x.gs2 += ","
	return nil
}

// start returns the client-first message.
func (x *scramClient) start() ([]byte, State) {
	x.bare = "n=" + escapeName(x.username) + ",r=" + x.nonce
	return []byte(x.gs2 + x.bare), Continue
}

// next takes the server-first message, then the server-final one.
func (x *scramClient) next(challenge string) ([]byte, State, error) {
	if x.expect == nil {
		return x.final(challenge)
	}
	signature, ok := parseServerFinal(challenge)
	if !ok || subtle.ConstantTimeCompare(signature, x.expect) != 1 {
		return nil, Failed, aborted("the server has not proved to know the account")
	}
	x.memory.remember(x.keys)
	return []byte{}, Done, nil
}

// final answers the server-first message with the client-final one.
func (x *scramClient) final(challenge string) ([]byte, State, error) {
	m, ok := parseServerFirst(challenge)
	if !ok {
		return nil, Failed, aborted("the server-first message is not well-formed")
	}
	if len(m.nonce) <= len(x.nonce) || !strings.HasPrefix(m.nonce, x.nonce) {
		return nil, Failed, aborted("the nonce does not begin with the client's")
	}
	if err := x.checkOffer(m.offer); err != nil {
		return nil, Failed, err
	}
	if m.iterations < MinIterations || m.iterations > MaxIterations {
		return nil, Failed, aborted("the iteration count is too small or too great")
	}
	if err := x.setKeys(m.salt, m.iterations); err != nil {
		return nil, Failed, err
	}
	withoutProof := "c=" + encode64(append([]byte(x.gs2), x.binding.Data...)) + ",r=" + m.nonce
	auth := x.bare + "," + challenge + "," + withoutProof
	x.expect = x.hash.hmac(x.keys.server, auth)
	return []byte(withoutProof + ",p=" + encode64(x.keys.proof(auth))), Continue, nil
}

// setKeys recalls the keys, or derives them.
func (x *scramClient) setKeys(salt []byte, iterations int) (err error) {
	var known bool
	if x.keys, known = x.memory.recall(x.hash, x.password, salt, iterations); !known {
		x.keys, err = deriveScramKeys(x.hash, x.password, salt, iterations)
	}
	x.password = ""
	if err != nil {
		return fail(TemporaryAuthFailure, "the hash is not available")
	}
	return nil
}
