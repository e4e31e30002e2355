// Package c2s is the server's end of a client's stream: a [stream.Machine] from the first header to the last ack.
//
// # The states
//
//	connected ──header──► negotiating ──auth──► authenticated ──header──► binding ──bind──► bound
//	                        │    ▲                   ▲                    │                   │
//	                        └starttls┘                 └──────compress──────┘                (closed)
//
// In "connected" and "authenticated" a stream header is awaited; in "negotiating" the client chooses STARTTLS or a SASL
// mechanism (RFC 6120 §5, §6); in "binding" a resource (§7), or compression before that (XEP-0138). Every change of state
// is a becomeX method. After a stream error, and after the stream's end, the state is "closed" and everything but Closed is ignored.
//
// The same machine serves the link: the transport is secure from the start, and a device whose key is known is authenticated by the
// handshake, so that "connected" leads to "binding" at once.
//
// A login rests on the account's credentials, or on a device's key. Both can be revoked while it is under way, so they are looked at again when the
// router knows the session: who revokes them later finds it there and ends it.
//
// # What is acked
//
// With acks on (XEP-0198), a stanza counts as handled when what it asks for is durable: ack.go keeps the count. What
// the session has sent and the client has not acked is a short list of archive entries, so that the account's cursor moves only over
// what was taken; a client without acks has taken what was written.
//
// # Delivery
//
// Archived messages reach a session by two ways that give one order: as mail from the committer, and in pages from the archive when the
// session comes, or has fallen behind because its peer reads slowly. deliver.go holds the two together: nothing is sent twice and nothing
// is passed over, because every archived frame carries its place in the archive.
//
// # Sabotage
//
// The build tags sabotage_* make builds that break one promise each, as those of package store do: [Sabotaged] tells.
package c2s
