// Package link is the transport of Godwit's second port: the handshake and the frames that carry compact stanzas to phones.
//
// LINK.md beside this file specifies it to the byte, says what it protects and what not, and has vectors. In short: the client sends a
// preamble and the first message of a Noise handshake, XX when it has never met the server, IK when it knows the server's static key from
// before. When that is not the key any more the server answers with XXfallback. In XX, and after a fallback, the server proves its key by a
// statement, signed with the key of its X.509 certificate. Then both sides send frames:
// a length and a sealed header byte with the next bytes of a stream of compact items.
//
// Everything here is a pure machine: bytes in, bytes out. There are no sockets, goroutines or clocks. A [Handshake] costs curve operations
// (about a quarter of a millisecond) and possibly what its callbacks do, so it runs off the loop; the [Session] it leaves is a few hundred bytes, and seals and
// opens frames without allocating. Each value belongs to one goroutine at a time.
package link
