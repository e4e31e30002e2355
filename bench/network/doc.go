// Package network is a bad network to test on: latency, jitter, loss, little bandwidth, resets, forgotten and half-open connections, a change of path, a portal that
// answers instead of the server. No module of a kernel is needed, and no privilege.
//
// A [Network] lies between clients and servers. What it does is its [Profile]: named ones are gprs, edge, 3g-lossy, lte-train, wifi-to-lte, captive, satellite and lan. A
// connection has two ends, of type [Conn], and two ways, one for each direction. It is TCP that is imitated, so bytes are neither lost nor disordered: a packet
// that is lost comes a time-out of retransmission later, and all behind it wait. The handshake is charged: [Network.Dial] returns when SYN has gone and its answer come. Not
// imitated are slow start, acks on the way back, and the end of patience: a connection over a silent path stays until somebody ends it.
//
// What befalls a packet is a function of the seed, the profile, the number of the connection (in the order of the calls of Dial), the direction, the byte of the stream that
// the packet begins with, and the time since New. So a run in which clients and servers do the same at the same times is the same, to the nanosecond; under
// testing/synctest, where time is virtual, every run is. There is no other randomness.
//
// # Two fronts
//
// In one process Network.Dial and [Network.Listen] give connections in memory, which work under testing/synctest; Dial is a client.Connector. For real processes
// [Network.Forward] and [Network.Serve] put a TCP socket at either end or at both, which is `godwit bench network`. There time is real, and a busy machine adds to it.
package network
