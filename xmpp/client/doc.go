// Package client is the client side of XMPP as a library, in two layers.
//
// A [Machine] is the client's end of a stream as a stream.Machine: it negotiates (RFC 6120 §4–7: TLS, SASL, binding; XEP-0198; or XEP-0388 with what comes with it), counts and
// asks for acks, matches answers to requests, answers what others ask of every client, and hands the rest to a [Handler]. It is pure: it opens no socket,
// starts no goroutine and reads no clock.
//
// A [Conn] is a Machine with a socket, for programs that may block: [Dial] returns one that is logged in, over XML (STARTTLS, direct TLS, in the clear) or
// over Godwit's link. Sockets, clocks and goroutines are in dial*.go and nowhere else.
//
// # Networks that block
//
// The link lies on TCP, on TLS, or on a WebSocket in TLS. Dial tries them in this order, or in that of Config.Transports, until one is not blocked (dial_transport.go), each for
// Config.TransportTimeout, or longer where it has worked before; Conn.Transport tells which it was. A program that finds that its network lets only one through may name that one first, until the
// network is another. What a server says, and a certificate that proves nothing, end the attempts: another transport would not change them.
//
// # Acks
//
// With Config.SM, and a server that has it, every stanza sent is either accepted (the server has taken the responsibility, WaitAcked and
// Acked tell) or open (Unacked). In the other direction a stanza counts as handled when Recv has returned it, so one that a crash
// took out of our memory is still the server's.
//
// # Resumption
//
// With Config.Resume the stanzas sent are kept until the server has accepted them. A connection that is lost is not made anew here: the program does that, when and as
// often as it sees fit, and gives Dial what Conn.Resumption returns (XEP-0198 §5). Then the stream goes on as if nothing had happened, or a new one begins;
// what the server has not is sent again in either. The program may keep the resumption over its own restart.
//
// # Logins in one exchange
//
// Where the server has SASL2 (XEP-0388), on a secure stream, it is used, and a stream is resumed within the login (sasl2.go). A new session takes a few round trips
// more, unless the program reads the archive: see Config.Bind2. With Config.AgentID the server gives a token too (XEP-0484), and what Conn.Known returns makes the next login short: by the token, and behind the stream header, before
// the server has said what it offers (XEP-0509). With direct TLS and a tls.Config.ClientSessionCache the client has what it missed after three round trips, of which TCP
// and TLS take one each.
//
// On the link a device that the server knows is logged in by the handshake. What it begins with is in its first message, and the answers come with the server's (flight.go): the stream of
// Config.Resumption, or a new session if Config.Resource names it. That is one round trip behind that of TCP.
//
// Known also holds the server to what it had (known.go): a login that would be weaker than the one before fails with ErrDowngrade.
//
// # The archive
//
// With Config.Archive a program gets what it has missed out of the account's archive (XEP-0313), whatever device sent or got it, then what is live, and each message once
// (archive.go): Conn.Mail reads what comes in either way, Conn.Place is where the program is. Conn.ArchivePage reads other pages.
//
// # What a program keeps
//
// Conn.Known and Config.AgentID for good; Conn.Place with the messages up to it; Conn.Resumption from the end of a connection to the next Dial; on the link Conn.LinkKeys, too. All can be kept as JSON, and are
// secret. The second example shows a program that stays connected.
//
// # Bounds
//
// What was received and is not taken by Recv is bounded by Config.Queue and Config.QueueBytes; then reading stops, and TCP tells the server. Answers and acks come
// behind the stanzas before them: a program that waits for an answer while nobody calls Recv waits for long if the queue
// is full. What is to be written is bounded by 64 KiB, stanzas without an ack by Config.Window and Config.KeepBytes; then sending waits.
package client
