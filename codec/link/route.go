package link

import (
	"bytes"
	"errors"
)

// MaxRoute is the most bytes of a routing token.
const MaxRoute = 255

// routeMagic begins a routing token in front of the preamble. It differs from magic in its last byte.
const routeMagic = "\xF7GWR"

var errRoute = errors.New("link: a routing token has 1 to 255 bytes")

// appendRoute appends a routing token, nothing when it is empty: magic ‖ length (1) ‖ token.
func appendRoute(dst, token []byte) []byte {
	if len(token) == 0 {
		return dst
	}
	return append(append(append(dst, routeMagic...), byte(len(token))), token...)
}

// CutRoute returns the routing token that in begins, and its bytes with the magic. Both are nothing when in begins something else, or does not hold
// the token whole. A balancer may forward in as it is, or without those n bytes. The token lies in in.
func CutRoute(in []byte) (token []byte, n int) {
	const head = len(routeMagic) + 1
	if len(in) < head || string(in[:len(routeMagic)]) != routeMagic || len(in) < head+int(in[head-1]) {
		return nil, 0
	}
	n = head + int(in[head-1])
	return in[head:n], n
}

// serverRoute takes a routing token, which is for others: it may be missing, old, or wrong. It is not ok when the rest of one is to be waited for.
func (h *Handshake) serverRoute(in []byte) (n int, ok bool, err error) {
	if h.route != nil || len(in) < len(routeMagic) || string(in[:len(routeMagic)]) != routeMagic {
		return 0, true, nil
	}
	token, n := CutRoute(in)
	switch {
	case n == 0:
		return 0, false, nil
	case len(token) == 0:
		return 0, false, errRoute
	}
	h.route = bytes.Clone(token)
	return n, true, nil
}

// appendNewRoute appends the field that tells the client another token than it has sent; an empty one when it should send none.
func (h *Handshake) appendNewRoute(payload []byte) []byte {
	if bytes.Equal(h.route, h.server.Route) {
		return payload
	}
	return appendField(payload, fieldRoute, h.server.Route)
}

// Route returns what is to be ClientConfig.Route at the next attempt, once Step said done. It belongs to the caller.
func (h *Handshake) Route() []byte { return h.route }
