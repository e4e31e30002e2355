package sasl

import (
	"slices"
	"strings"
)

// Choose returns the strongest mechanism that the server offers and this package
// knows, with channel binding wherever both sides can. The error is an [*Error]:
// there is none, or the offer has been tampered with (XEP-0440 §3), and nothing
// may be sent.
func Choose(cfg ClientConfig) (string, error) {
	_, binds, err := commonBinding(cfg)
	if err != nil {
		return "", err
	}
	for _, m := range mechanisms {
		if m.plus && !binds || m.hash == nil && !cfg.TLS || !slices.Contains(cfg.Offered, m.name) {
			continue
		}
		return m.name, nil
	}
	return "", fail(InvalidMechanism, "the server offers no mechanism that can be used")
}

// commonBinding returns the channel binding to use, if there is one, by the
// rules of XEP-0440 §3; their numbers are in the comments.
func commonBinding(cfg ClientConfig) (b ChannelBinding, ok bool, err error) {
	types := cfg.OfferedBindings
	switch plus := seesPlus(cfg); {
	case len(cfg.ChannelBindings) == 0: // 2
		return b, false, nil
	case !plus && len(types) > 0: // 5
		return b, false, aborted("channel bindings are offered without a mechanism that uses them")
	case !plus: // 3
		return b, false, nil
	case len(types) == 0 && cfg.SASL2: // 4
		return b, false, aborted("mechanisms with channel binding are offered without channel bindings")
	case len(types) == 0: // 4, for SASL as in RFC 6120
		if b, ok = find(cfg.ChannelBindings, TLSServerEndPoint); !ok {
			b = cfg.ChannelBindings[0]
		}
		return b, true, nil
	}
	for _, b := range cfg.ChannelBindings { // 7
		if slices.Contains(types, b.Type) {
			return b, true, nil
		}
	}
	if !slices.Contains(types, TLSServerEndPoint) { // 6
		return b, false, aborted("no channel binding is common, though the server must offer " + TLSServerEndPoint)
	}
	return b, false, nil
}

// seesPlus reports whether the server offers any mechanism with channel binding,
// known or not.
func seesPlus(cfg ClientConfig) bool {
	return slices.ContainsFunc(cfg.Offered, func(name string) bool { return strings.HasSuffix(name, "-PLUS") })
}
