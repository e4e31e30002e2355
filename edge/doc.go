// Package edge is the network shell: it accepts connections, moves their bytes, and runs one [stream.Machine] for each.
// What the bytes mean is decided elsewhere; edge knows three ways for them to come (plain TCP that may turn to TLS,
// TLS from the first byte, and the link: Noise frames with compact stanzas), and keeps the rules of package stream. The link may lie in TLS, in a WebSocket, or in
// both: ROUTING.md says how one port takes everything.
//
// # Terms
//
// A [Server] has a fixed number of loops, each one gnet event loop: a goroutine that owns a share of the connections for
// their whole life, their machines, and the working memory they need (a Tree, an Output, buffers). A connection is
// a small struct on one loop: between two stanzas it has no goroutine, no buffer and no parser state of its own.
// Whatever another goroutine has for a connection goes through the loop's inbox: mail from other machines,
// results of jobs, the progress of handshakes, ticks. The inbox is bounded, and a loop is woken once for all that
// has gathered in it. What is of handshakes and logins comes out behind the rest, and only some of it between two looks at all sockets: when everybody
// comes back at once, those who are there do not wait for it.
//
// # A batch
//
// A loop does everything in batches: bytes of one connection, or an inbox, then whatever mail that has caused on the same loop, in
// turns until nothing is left. Then each connection that has output is written to once. A machine's own output
// and mail that it passes on leave in the order of its Steps.
//
// # Who may do what
//
// Everything of a conn and of a loop belongs to the loop's goroutine, except where a comment says otherwise: Post, the
// inbox, and atomic counters. Only the owning loop writes to a socket, and only at the end of a batch. gnet may
// call OnClose from inside a write, so closing is always in two steps: a connection is doomed where the reason
// is found, and reaped (taken out, its machine given Closed) at the end of the batch, when no Step is on the stack.
//
// # What can wait
//
// A machine that says More has output that others may overtake: a page of an archive. It is asked for the next piece (Room) when gnet has nothing left to write
// for the connection, once a batch; where the peer reads slowly the loop looks with each hurried tick. On the link the kernel is told to take little more
// than it can send, so that nearly all that waits is still with the machine.
//
// # Compression
//
// A machine that says Compress gets a decoder and an encoder around those it had (codec/compress). Input that waits is held compressed, and is decompressed
// as the machine may have it, at the peer's rate in bytes of the stream; output is compressed as the machine writes it, one element at a time. What the peer
// has sent behind its request is taken for compressed, whatever it is.
//
// # What gnet leaves to us
//
// gnet v2.9.7 stops its engine when accept fails for want of descriptors, so we accept ourselves ([Server.Listen]) and enroll what we
// accept. Its output buffer has no bound: we look at it after every write. Closing drops what is unsent: we drain,
// say end-of-file, and wait a moment for the peer's. It has no timers, no recover, no TLS. It cannot stop reading from a
// socket, and a level-triggered loop reads whatever is there; the file pause_linux.go takes the descriptor's read interest out of
// gnet's epoll set, which makes TCP's own window the back-pressure. Where that is impossible, what is held is bounded by
// closing. Level-triggered it stays: edge-triggered, gnet reads from closed descriptors.
//
// # Storms
//
// Handshakes and jobs run on bounded lanes of goroutines that exist only while there is work. The jobs of peers that have not logged in, or are gone, have a lane
// of their own: thousands of them that come at once are not in the way of those who are there. Searches of archives, which compute for long, have another, of few
// goroutines. Handshakes compute on half of the CPUs. They let the loops go first, and so do searches and the jobs of those who are there while more of them wait: on Linux,
// their threads ask for long slices of time, so that the kernel has a loop run as soon as it wakes (courtesy_linux.go). A peer's time runs
// only while it is the peer that is waited for: who waits for the server is not late, however long that takes, and is not sent away to come again and
// have its work done twice. When all places are taken, the peer that has not logged in for the longest time gives way to the one that comes ([loop.makeRoom]): who only
// opens connections keeps nobody out. See [Config] for every limit.
//
// # Figures
//
// What happens often a loop counts by itself, by plain additions in its tally; what is rare, all loops count together in atomic counters ([Stats]). [Server.Metrics] asks
// each loop through its inbox for a copy, so that reading costs the loops no more than a piece of mail, and nothing when nobody reads. [Server.Look] shows the
// connections in the same way, each on its loop.
package edge
