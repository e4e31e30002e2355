package edge

import (
	"fmt"

	"github.com/gobwas/ws"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Kind says how the bytes of a listener's connections come.
type Kind uint8

// The kinds of listeners.
const (
	C2S    Kind = iota + 1 // XML over TCP, with STARTTLS (RFC 6120 §5)
	C2STLS                 // XML over TLS from the first byte (XEP-0368), ALPN "xmpp-client"; with Listener.Link all that Link takes, too
	Link                   // compact stanzas in Noise frames: over TCP, in WebSocket, and with Listener.Certificates in TLS, ALPN "godwit-link/1"
)

// String returns the kind for logs.
func (k Kind) String() string {
	switch k {
	case C2S:
		return "c2s"
	case C2STLS:
		return "c2s-tls"
	case Link:
		return "link"
	}
	return "unknown"
}

// Listener describes one port.
type Listener struct {
	Kind    Kind
	Address string // host:port as for net.Listen
	// ProxyProtocol expects a PROXY header (version 1 or 2) before everything else, and believes it: only for ports that
	// nobody but a proxy can reach.
	ProxyProtocol bool
	// NewMachine makes the machine of a connection that is ready. It is called on the loop and must be quick.
	NewMachine func() stream.Machine
	// Certificates are needed by C2STLS, and by C2S when machines ask for StartTLS. With them Link takes TLS.
	Certificates *CertSource
	// Link is needed by Link. With it C2STLS takes the link as well: one port for everything.
	Link *link.ServerConfig
	// Origins are the origins whose pages may open the link in a WebSocket (RFC 6455 §10.2), as "https://example.org"; "*" is every page. Programs send no origin and
	// are not asked.
	Origins []string
}

// listener is a Listener at work.
type listener struct {
	Listener
	coding     coding // of XML, on a port of kind Link that of the link
	linkCoding coding
	upgrader   *ws.Upgrader
}

func newListener(l Listener) (*listener, error) {
	ln := &listener{Listener: l, coding: codingOf(l.Kind), linkCoding: compactCoding, upgrader: newUpgrader(l.Origins)}
	switch {
	case l.NewMachine == nil:
		return nil, fmt.Errorf("edge: listener %s: NewMachine is missing", l.Address)
	case l.Kind < C2S || l.Kind > Link:
		return nil, fmt.Errorf("edge: listener %s: unknown kind %d", l.Address, l.Kind)
	case l.Kind == Link && l.Link == nil:
		return nil, fmt.Errorf("edge: listener %s: a link without its configuration", l.Address)
	case l.Link != nil && len(l.Link.Route) > link.MaxRoute:
		return nil, fmt.Errorf("edge: listener %s: a routing token of %d bytes, at most %d are allowed", l.Address, len(l.Link.Route), link.MaxRoute)
	case l.Kind == C2STLS && l.Certificates == nil:
		return nil, fmt.Errorf("edge: listener %s: TLS without certificates", l.Address)
	}
	return ln, nil
}
