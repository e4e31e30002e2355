// Package host is one served domain: what it knows, what it answers, and the hooks by which the rest of the protocol joins in.
//
// A [Host] owns nothing that a connection needs while idle. It wires the store (accounts, archive), the router (who is
// bound) and the handlers that packages register at start: [Host.HandleIQ] for requests, [Host.Feature] for what
// service discovery says, and the one [IM], which takes messages and presence (package im). A session (package c2s) authenticates against the
// Host and then passes every stanza to it: [Host.Stanza] is the door.
//
// # The journey of a stanza
//
// The session checks it, stamps its 'from' and calls Stanza in its Step. A message goes to IM.Message, a presence to IM.Presence, an
// IQ to a handler when the server answers it (RFC 6121 §8.5.2.1.3) and through IM.IQ to another session otherwise. What is slow runs as a
// job ([Sender.Out].Do) and comes back as a [Continuation], which the session runs in a later Step.
//
// What archived messages are called on the wire, [Host.ArchiveKey] makes and reads (package archiveid); inside they are known by their number, the store's seq.
//
// What the server itself wants to know of a client it asks with [Host.Ask]. Pushes (XEP-0357) leave by the one [PushService].
//
// # Agents and tokens
//
// A client that logs in by SASL2 may name its installation, the agent (XEP-0388 §2.3). agent.go keeps a bounded number of them for each account: what
// they say they are, and their tokens (token.go, XEP-0484). An agent is a device to the archive: it has a cursor of its own. login.go writes all that a login
// wants in one batch. Tokens rest on the account's credentials: with a new password they are void, whoever sets it.
//
// A device of the link is known by its key, and has a cursor too. device.go keeps a bounded number of them.
//
// # Order
//
// RFC 6120 §10.1 asks that what a client sends to one address arrives in the order sent. A storable message is delivered
// when its commit is durable, so a later stanza could overtake it. Sender.Pending says that commits are on their way: what is
// sent meanwhile goes through the store's committer too, which keeps one order for all.
//
// # Streams
//
// A client may resume its stream on another connection (XEP-0198 §5, package c2s). [Stream] is what the rest has to know: whose Sender.H is
// written with each stored stanza, and where the answer to a stanza goes whose sender has lost its connection. The operations on the record are in stream.go: it
// exists before the client hears of it, and says at any time how many of the client's stanzas are handled, and up to which archive entry the client
// has all that it is to have, whatever the cursors of the account's other clients do.
package host
