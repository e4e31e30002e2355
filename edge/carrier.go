package edge

import "crypto/tls"

// linkProtocol names the link in TLS (RFC 7301). What is in that TLS are the bytes of the link as they are.
const linkProtocol = "godwit-link/1"

// carrier is the transport of a connection whose link does not lie on TCP itself, but in TLS, in a WebSocket, or in a WebSocket in TLS. What is carried
// is what would lie on TCP.
type carrier struct {
	tls *tlsConn   // nil: none
	ws  *webSocket // nil: none
	up  transport  // what is carried
}

// upper returns the transport that is next to the stream.
func (c *conn) upper() transport {
	if k, ok := c.transport.(*carrier); ok {
		return k.up
	}
	return c.transport
}

// setUpper replaces it.
func (c *conn) setUpper(t transport) {
	if k, ok := c.transport.(*carrier); ok {
		k.up = t
	} else {
		c.transport = t
	}
}

// writeUpper writes what upper has to say.
func (c *conn) writeUpper(p []byte) {
	k, ok := c.transport.(*carrier)
	if !ok || len(p) == 0 {
		c.writeWire(p)
		return
	}
	wire, err := k.wrap(c, c.loop.sealing[:0], p)
	if err != nil {
		c.doom(err)
		return
	}
	c.loop.sealing = wire
	c.writeWire(wire)
}

// writeBelow writes what the WebSocket itself has to say.
func (k *carrier) writeBelow(c *conn, p []byte) {
	if k.tls == nil {
		c.writeWire(p)
		return
	}
	wire, err := k.tls.seal(c, c.loop.sealing[:0], p)
	if err != nil {
		c.doom(err)
		return
	}
	c.writeWire(wire)
}

// receive implements transport.
func (k *carrier) receive(c *conn, wire []byte) error {
	if k.tls != nil {
		return k.tls.receive(c, wire)
	}
	return k.opened(c, wire)
}

// opened takes what came out of TLS.
func (k *carrier) opened(c *conn, p []byte) error {
	if k.ws != nil {
		return k.ws.receive(c, p)
	}
	return k.up.receive(c, p)
}

// seal implements transport.
func (k *carrier) seal(c *conn, dst, plain []byte) ([]byte, error) {
	inner, err := k.up.seal(c, c.loop.inner[:0], plain)
	if err != nil {
		return dst, err
	}
	if c.loop.inner = inner; cap(inner) > 1<<20 {
		c.loop.inner = nil
	}
	return k.wrap(c, dst, inner)
}

// wrap appends p in the form of the wire.
func (k *carrier) wrap(c *conn, dst, p []byte) ([]byte, error) {
	if k.tls == nil {
		return appendMessage(dst, p), nil // then there is a WebSocket
	}
	if k.ws != nil {
		c.loop.framed = appendMessage(c.loop.framed[:0], p)
		if p = c.loop.framed; cap(p) > 1<<20 {
			c.loop.framed = nil
		}
	}
	return k.tls.seal(c, dst, p)
}

// end implements transport.
func (k *carrier) end(c *conn, dst []byte) []byte {
	if k.ws != nil && k.tls == nil {
		return k.ws.appendClose(dst)
	}
	if k.ws != nil {
		dst, _ = k.tls.seal(c, dst, k.ws.appendClose(nil))
	}
	return k.tls.end(c, dst)
}

// abandon implements transport.
func (k *carrier) abandon() {
	if k.tls != nil {
		k.tls.abandon()
	}
	if k.up != nil {
		k.up.abandon()
	}
}

// sniffer is the transport of a connection to a port that takes several protocols, until the first byte tells which it is. It holds nothing.
type sniffer struct{}

// first bytes of what may come.
const (
	firstOfLink = 0xF7 // also of a routing token
	firstOfHTTP = 'G'
)

// sniff waits for the first byte.
func (c *conn) sniff() {
	c.setUpper(sniffer{})
	c.setDeadline(c.loop.server.config.HandshakeTimeout)
}

// receive implements transport.
func (sniffer) receive(c *conn, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	k, _ := c.transport.(*carrier)
	switch {
	case p[0] == firstOfLink:
		c.beginLink()
	case p[0] == firstOfHTTP:
		c.beginWebSocket()
	case k != nil && c.listener.Kind == C2STLS && k.tls.tls.ConnectionState().NegotiatedProtocol == "":
		c.deadline = 0
		c.transport = k.tls
		c.open(k.tls.security())
		c.receivePlain(p)
		return nil
	case k == nil && (c.listener.Kind == C2STLS || p[0] == tlsHandshakeRecord && c.listener.Certificates != nil):
		c.transport = nil
		c.beginTLS()
	default:
		c.beginLink() // which says what is wrong with it
	}
	return c.upper().receive(c, p)
}

func (sniffer) seal(_ *conn, dst, _ []byte) ([]byte, error) { return dst, nil }
func (sniffer) end(_ *conn, dst []byte) []byte              { return dst }
func (sniffer) abandon()                                    {}

// carries decides what is in a TLS whose handshake is done: true when that is not, or may not be, XML.
func (l *listener) carries(state tls.ConnectionState) bool {
	return l.Link != nil && state.NegotiatedProtocol != xmppProtocol
}

// carry goes on with what is in t: by the name that the client gave it (ALPN), or by its first byte.
func (c *conn) carry(t *tlsConn, rest []byte) {
	c.loop.server.count.handshakes.Add(1)
	c.transport = &carrier{tls: t}
	if t.tls.ConnectionState().NegotiatedProtocol == linkProtocol {
		c.beginLink()
	} else {
		c.sniff()
	}
	c.receive(rest) // also when there is none: crypto/tls may have read more than it needed
}
