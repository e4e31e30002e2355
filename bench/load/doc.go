// Package load drives any XMPP server with many clients at once, and measures what the server makes of it.
//
// # Clients
//
// Each session is a connection on an event loop: a goroutine with an epoll of its own, of which there are few. The login is that of xmpp/client's Machine. What
// comes is read with the tokenizer of codec/xmltext; messages are checked by the loop, everything else is the Machine's. TLS handshakes, which cannot be
// stopped half-way, borrow a goroutine. Both ends of a pair are on the same loop, so that nothing is shared between loops but counters.
//
// # Messages
//
// A flow is one session writing to another. Its messages are numbered, and each has a body of its own, made from the number of the flow and its own (body.go). The receiver
// makes the body it expects anew and compares all of it, and the sender's address: what is lost, comes twice, in the wrong order or changed is found and counted, each message.
//
// In a closed loop a flow has a fixed number of messages on their way, and each that arrives lets the next one go: this finds what a server can do. Its
// latencies are those of its queue, and are timed from the moment when the message was written. In an open loop messages are due at fixed times, whatever the server does, and are
// timed from then: a server that stops for a second is charged with the wait of every message that was due in it (no "coordinated omission").
//
// # Other workloads
//
// Offline: half of the sessions write to the others while these are away. A message counts as stored when its writer has an ack for it (XEP-0198), which is
// asked for twice in a window. Then the others, which have logged in without presence, send it all at once, and each message counts when it has come; last, they log out, and in
// again a second later, and must get one new message and nothing before it.
//
// Presence: the sessions are in circles, in which everybody is in the roster of everybody else. Each changes its presence, with a status that is made like a body, and again when all
// others of its circle have got it; each of these notes whose changes it has.
//
// Storm: all connections are reset in one turn of the loops, and sessions begin to connect again in the same turn, Crowd of them at once.
//
// # What is measured
//
// Messages count when they have arrived at their receiver. The processor time is the system's account of the server's process with all its children, and of
// this process; memory is the server's PSS. Everything is measured between two moments: after the warm-up, and when the time is over. Messages that
// are still on their way then must arrive too, or the run has failed.
package load
