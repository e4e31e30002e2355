package sasl

import (
	"crypto/subtle"
	"slices"
	"strings"
)

// offerHash returns the hash of what a server has offered, as it is in the server-first message (XEP-0474 §6.1): the mechanisms, and the channel
// bindings when it names any. So the proofs of both sides cover the offer, and who takes a mechanism out of it is found out.
func (h *scramHash) offerHash(mechanisms, bindings []string) string {
	s := joinSorted(mechanisms)
	if len(bindings) > 0 {
		s += "\x1f" + joinSorted(bindings)
	}
	return encode64(h.sum([]byte(s)))
}

func joinSorted(names []string) string {
	return strings.Join(slices.Sorted(slices.Values(names)), "\x1e")
}

// offered returns the hash of what cfg offers, in either form of SASL.
func (h *scramHash) offered(cfg ServerConfig) string {
	return h.offerHash(Mechanisms(cfg), AnnouncedBindings(cfg))
}

// checkOffer compares the hash that the server has sent, if it has, with that of the offer as it came here (XEP-0474 §6.2).
func (x *scramClient) checkOffer(sent string) error {
	if sent != "" && subtle.ConstantTimeCompare([]byte(sent), []byte(x.offer)) != 1 {
		return aborted("the offer of mechanisms and channel bindings is not what the server has sent")
	}
	return nil
}
