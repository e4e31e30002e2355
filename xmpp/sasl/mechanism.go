package sasl

import "slices"

// mechanism is one that both sides know.
type mechanism struct {
	name string
	hash *scramHash // nil for PLAIN
	plus bool       // with channel binding
}

// Plain is the name of the mechanism that sends the password.
const Plain = "PLAIN"

// mechanisms has the strongest first: binding to the channel counts more than
// the hash (XEP-0438 §5.1).
var mechanisms = []mechanism{
	{"SCRAM-SHA-512-PLUS", hashSHA512, true},
	{"SCRAM-SHA-256-PLUS", hashSHA256, true},
	{"SCRAM-SHA-1-PLUS", hashSHA1, true},
	{"SCRAM-SHA-512", hashSHA512, false},
	{"SCRAM-SHA-256", hashSHA256, false},
	{"SCRAM-SHA-1", hashSHA1, false},
	{Plain, nil, false},
}

// known returns the mechanism of that name.
func known(name string) (mechanism, bool) {
	i := slices.IndexFunc(mechanisms, func(m mechanism) bool { return m.name == name })
	if i < 0 {
		return mechanism{}, false
	}
	return mechanisms[i], true
}

// ChannelBinding is one way to name the connection an exchange runs over
// (RFC 5056). A server and a client that see different data are not on the same
// connection.
type ChannelBinding struct {
	// Type is the unique prefix: TLSExporter, TLSServerEndPoint, or a name of
	// the caller's.
	Type string
	// Data is what the two ends of one connection share. It is not changed.
	Data []byte
}

// The channel binding types of TLS.
const (
	TLSExporter       = "tls-exporter"         // RFC 9266
	TLSServerEndPoint = "tls-server-end-point" // RFC 5929 §4; every server offers it (XEP-0440 §3)
)

// find returns the binding of that type.
func find(bindings []ChannelBinding, kind string) (ChannelBinding, bool) {
	i := slices.IndexFunc(bindings, func(b ChannelBinding) bool { return b.Type == kind })
	if i < 0 {
		return ChannelBinding{}, false
	}
	return bindings[i], true
}
