// Package durability measures what it costs that a message is on disk before it is acknowledged and delivered.
//
// The server is another process on this machine; the clients are connections of xmpp/client in this one, in pairs: one writes chat messages, which both
// accounts' archives keep, and asks for an ack of each (XEP-0198); the other receives. First the pairs write at a fixed modest rate, and each message is timed
// from the call that sends it to the server's ack and to its delivery. Then all write as fast as acks come back, which says how many messages a second
// there can be. The clients share the machine with the server, and all figures are of both.
//
// Run measures one server once. Whoever compares two kinds lets them take turns, on new data each time.
package durability
