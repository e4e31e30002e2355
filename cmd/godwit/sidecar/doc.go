// Package sidecar carries the stream of any XMPP client over the link: on loopback it is an ordinary server, behind it is a Godwit, and what lies between is small.
//
// The stream on the link is an ordinary one, in another coding. So a [Relay], a machine without sockets or clocks, translates it event by event, XML to items of the compact
// coding and back, and changes only what belongs to the hop:
//
//   - TLS: on loopback it is the sidecar's own, with a certificate that it has made itself; the link has its own seal. STARTTLS is answered here, a server's offer of it is not passed on.
//   - Channel bindings: the client's channel is not the server's. The server is told in the handshake that a relay is at the other end (link.ClientConfig.Relay), and
//     offers none. If it offers one all the same, it is not passed on.
//   - Compression (XEP-0138): the link compresses better, and a stream is not to be compressed twice.
//   - Places: a client that follows see-other-host (RFC 6120 §4.9.3.19) or the location of XEP-0198 §3 would go past the sidecar. It does not learn of them; the sidecar goes there.
//   - What the ends of a link say to each other, in a namespace of theirs.
//   - White space between elements (RFC 6120 §4.6.1) and keepalives of the link become each other.
//
// Everything else passes: the login too, by the client's own password, which only SASL's own messages carry. The sidecar's key on the link is another one each time, so
// that it names no device: to the server a client behind a sidecar is like one on its standard port. What is kept is the server's key, with which the next link has a shorter handshake.
//
// A [Server] accepts connections. Each is a tunnel with its own goroutines: one that reads from the client, makes the link and does the handshakes of TLS, one that reads from the link, and a
// writer for each direction. When one side breaks, so does the other, without an end of the stream that nobody has said: what can be resumed (XEP-0198 §5) is.
package sidecar
