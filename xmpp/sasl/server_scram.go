package sasl

import (
	"crypto/subtle"
	"io"
)

// nonceSize is in bytes, before base64.
const nonceSize = 24

// newNonce returns a nonce that has not been used.
func newNonce(rnd io.Reader) (string, error) {
	b, err := randomBytes(rnd, nonceSize)
	return encode64(b), err
}

// scramServer is the server side of SCRAM (RFC 5802 §5).
type scramServer struct {
	mechanism
	cfg   *ServerConfig
	nonce string // the server's part, then all of it
	offer string // the hash of what was offered (XEP-0474)

	client  clientFirst
	binding ChannelBinding // if the client binds
	sent    string         // the server-first message
	keys    keys
	genuine bool
}

// first reads the client-first message.
func (x *scramServer) first(message string) (authcid, authzid string, err error) {
	if !isText(message) {
		return "", "", malformed("the client-first message is not UTF-8")
	}
	if x.client, err = parseClientFirst(message); err != nil {
		return "", "", err
	}
	if err := x.checkFlag(); err != nil {
		return "", "", err
	}
	return x.client.authcid, x.client.authzid, nil
}

// checkFlag judges the client's channel binding flag (RFC 5802 §6,
// RFC 5801 §5).
func (x *scramServer) checkFlag() error {
	if x.plus != (x.client.flag == binds) {
		return malformed("the channel binding flag does not suit the mechanism")
	}
	switch x.client.flag {
	case sawNoOffer:
		if offersPlus(x.cfg) {
			return fail(NotAuthorized, "the offer of channel binding did not reach the client")
		}
	case binds:
		b, ok := find(x.cfg.ChannelBindings, x.client.binding)
		if !ok {
			return fail(NotAuthorized, "the connection has no such channel binding")
		}
		x.binding = b
	}
	return nil
}

// resume answers with the server-first message.
func (x *scramServer) resume(s *Server) ([]byte, State, error) {
	x.keys, x.genuine = s.keysFor(x.hash)
	x.nonce = x.client.nonce + x.nonce
	x.sent = serverFirst{x.nonce, x.keys.salt, x.keys.iterations, x.offer}.String()
	return []byte(x.sent), Continue, nil
}

// final checks the client-final message and returns the server-final one.
func (x *scramServer) final(message string) ([]byte, error) {
	if !isText(message) {
		return nil, malformed("the client-final message is not UTF-8")
	}
	m, err := parseClientFinal(message)
	if err != nil {
		return nil, err
	}
	if m.nonce != x.nonce {
		return nil, fail(NotAuthorized, "the nonce is not the one that was sent")
	}
	if m.binding != encode64(append([]byte(x.client.gs2), x.binding.Data...)) {
		return nil, fail(NotAuthorized, "the channel binding is not the connection's")
	}
	auth := x.client.bare + "," + x.sent + "," + m.withoutProof
	if right := x.proves(m.proof, auth); !right || !x.genuine {
		return nil, errWrong
	}
	return []byte("v=" + encode64(x.hash.hmac(x.keys.server, auth))), nil
}

// proves reports whether proof is the ClientProof for the AuthMessage auth
// (RFC 5802 §3).
func (x *scramServer) proves(proof []byte, auth string) bool {
	if len(proof) != x.hash.size {
		return false
	}
	clientKey := x.hash.hmac(x.keys.stored, auth) // ClientSignature, so far
	subtle.XORBytes(clientKey, clientKey, proof)
	return subtle.ConstantTimeCompare(x.hash.sum(clientKey), x.keys.stored) == 1
}
