package sasl

import "slices"

// Mechanisms returns the names of the mechanisms to offer on a connection, the
// strongest first: those cfg allows and cfg's account has keys for; PLAIN only
// where the connection is encrypted; -PLUS only where it has a channel binding.
// [NewServer] accepts these and no others.
func Mechanisms(cfg ServerConfig) []string {
	var names []string
	for _, m := range mechanisms {
		if _, err := offered(m.name, cfg); err == nil {
			names = append(names, m.name)
		}
	}
	return names
}

// AnnouncedBindings returns the types of the channel bindings to announce (XEP-0440 §2): all that the connection has, or none when cfg offers no mechanism
// that binds. A client that sees types without such a mechanism has to take that for an attack (§3).
func AnnouncedBindings(cfg ServerConfig) (types []string) {
	if !offersPlus(&cfg) {
		return nil
	}
	for _, b := range cfg.ChannelBindings {
		types = append(types, b.Type)
	}
	return types
}

// offered returns the mechanism of that name, or why cfg does not offer it.
func offered(name string, cfg ServerConfig) (mechanism, error) {
	m, ok := known(name)
	switch {
	case !ok:
		return m, fail(InvalidMechanism, "there is no such mechanism")
	case cfg.Allowed != nil && !slices.Contains(cfg.Allowed, name):
		return m, fail(MechanismTooWeak, "the host does not allow the mechanism")
	case m.hash != nil && !cfg.Hashes.has(m.hash):
		return m, fail(InvalidMechanism, "the account has no keys for the mechanism")
	case m.hash == nil && !cfg.TLS:
		return m, fail(EncryptionRequired, "the mechanism sends the password and the connection is not encrypted")
	case m.plus && len(cfg.ChannelBindings) == 0:
		return m, fail(InvalidMechanism, "the connection has no channel binding")
	}
	return m, nil
}

// offersPlus reports whether cfg offers any mechanism with channel binding.
func offersPlus(cfg *ServerConfig) bool {
	return slices.ContainsFunc(mechanisms, func(m mechanism) bool {
		_, err := offered(m.name, *cfg)
		return m.plus && err == nil
	})
}
