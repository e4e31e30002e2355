// Package c2s is the server's end of a client's stream: a [stream.Machine] from the first header to the last ack.
//
// # The states
//
//	connected ──header──► negotiating ──auth──► authenticated ──header──► binding ──bind──► bound
//	                        │    ▲                   ▲                    │                   │
//	                        └starttls┘                 └──────compress──────┘ ────resume────►  (closed)
//
// In "connected" and "authenticated" a stream header is awaited; in "negotiating" the client chooses STARTTLS or a SASL
// mechanism (RFC 6120 §5, §6); in "binding" a resource (§7), or compression before that (XEP-0138). Every change of state
// is a becomeX method. A login by SASL2 (XEP-0388) goes from "negotiating" to "binding" without a header in between. After a stream error, and after the stream's end, the state is "closed" and everything but Closed is ignored.
//
// The same machine serves the link: the transport is secure from the start, and a device whose key is known is authenticated by the
// handshake, so that "connected" leads to "binding" at once.
//
// A login rests on the account's credentials, and one by a token on its agent too, or on a device's key. All can be revoked while it is under way, so they are
// looked at again when the router knows the session: who revokes them later finds it there and ends it.
//
// # Logins by SASL2
//
// A login by SASL2 (XEP-0388) brings all that the client wants with it in its first element, a request: sasl2.go reads it, and takes the exchange, which is
// the same as for SASL (auth.go), to its end. Then, in this order: the exchange says whose login it is (authResult), the router knows the session
// (bind2.go), the store has all that was asked for in one batch (host.Login), and the client hears of it in one <success/> with the features that follow.
// So nothing that the client is told can be lost, and who comes with a new extension has three places: readRequest reads what is wanted, admitted does it,
// succeeded says what came of it. fast.go adds tokens (XEP-0484), pipeline.go the login behind the header (XEP-0509).
//
// Before all that come tasks (XEP-0388 §2.6.3), when the account lacks keys that the client can bring (XEP-0480): upgrade.go asks for one after the other, and
// until they are done nobody has logged in. What is offered, mechanisms and tasks, is made for the account that the header names, which is looked up for that.
// Its keys are changed in the batch of the login. They are more, not others: whatever rests on the account's credentials, tokens and logins under way, stays
// good (sasl.Keeps).
//
// A <resume/> in the request comes first (XEP-0198 §9.2): the login is stored, so that one that does not hold takes no stream from anybody, then the stream is
// claimed as by a <resume/> of its own. With it <success/> ends the login, without features, and what the client has missed follows. Without it the rest of
// the request is done, the bind above all: acks, carbons and the state of the client begin with the session (bind2.go), and what of that is kept in the
// record of a stream is in the store before the client hears of it.
//
// # Who looks on
//
// An operator may see what is so ([Session.About], [Streams.EachParked]), and what is said ([Watches]): a Step of a session that somebody watches has another encoder
// in front of its own, which shows what goes through it. Without a watch a Step reads one pointer for that.
//
// # What is acked
//
// With acks on (XEP-0198), a stanza counts as handled when what it asks for is durable: ack.go keeps the count. What
// the session has sent and the client has not acked is a short list of archive entries, so that the account's cursor moves only over
// what was taken; a client without acks has taken what was written.
//
// # Streams that outlive their connections
//
// With <enable resume='true'/> the stream is a record in the store before the client hears of it (resume.go), and in memory a resumable,
// which all sessions of the stream share, one after the other. Its states are
//
//	─enable─► live ──lost──► parked ──grace──► dormant ──max──► ended ──7 days──► forgotten
//	           │ ▲              │                  │
//	           │ └────resume────┴──────────────────┘
//	           └─closed in order──────────────────────────────────────────────► forgotten
//
// Live: a session owns it. Parked: its connection is gone, but the router still knows the session, so that others notice nothing; its mail goes to the
// stream's box (park.go), where what is not archived waits. When more are parked than the memory is for, the one that has been so the longest leaves it. Dormant: only the record is left, others have heard that it is unavailable; a restart of
// the server makes all streams dormant. A new session of an agent (XEP-0386) ends the streams of its old ones, wherever they are. Ended: only the count is left, for <failed/>. Streams.Sweep moves them to the right (streams.go).
//
// A <resume/> works alike in the first three of them, for a live stream loses its session to the newer connection: claim, in a job, takes the stream from its session, whatever that is doing, or loads it from its record
// into a session that never had a connection; and adopt, in the next Step, puts the new session in its place. Two things make the counts exact. First, a Step of a
// session with a resumable stream holds the stream's lock, and does nothing when the session does not own it any more: so everything that the old connection has
// submitted to the store came before the claim, and nothing comes after it. Second, the claim ends with an operation of the store, which is
// committed after all that: the count in it is that of the stanzas which are handled and durable. What the record counts is written with each stored stanza, in its batch, so that a
// crash changes nothing; and an ack of a stream that can be resumed never says more than the record (see ack.go).
//
// From the claim on the mail goes to the box, through the old session as long as that has a connection (relay), and the old session hears of a conflict by a note of its own
// (takenOver), which leaves the stream alone. A claimant that never comes gives the stream back: it is parked again, and what is left of the old session can only end.
//
// In the other direction the client's count tells which of the stanzas sent it has. Of the rest, the archived ones are read from the archive like those
// that an offline client has missed, with the same stanza-id; the others were kept, within bounds, and leave in their places between them, in the encoding of the
// new connection. After
// a crash the list of what was sent is lost: then all comes again that the client had not acked before, and is known by its stanza-id.
// With relaxed durability a crash may also take back that a stream has its place in the archive (host.StartStream), and the cursor may have gone on since: such a stream is not
// resumed.
//
// # What nobody takes
//
// A request, or a message with a text that is in no archive, is owed an answer: its frame says so (codec.Frame.Owed). Who lets go of one that the client has not taken
// (a stream that ends or leaves the memory, a session with acks that ends, a box without room, a session without room for a request) gives it to host.IM.Returned, exactly once, when the router
// does not know the session any more: XEP-0198 §4. A request that the client has answered counts as taken. Everything else that is not archived may be lost.
//
// # Delivery
//
// Archived messages reach a session by two ways that give one order: as mail from the committer, and in pages from the archive when the
// session comes, or has fallen behind because its peer reads slowly. deliver.go holds the two together: nothing is sent twice and nothing
// is passed over, because every archived frame carries its place in the archive.
//
// The first page begins at the cursor of the device, which other sessions may move on: so a stream that can be resumed has its place in the store before that is read
// (host.StartStream), and nothing behind the place is deleted (im.Sweep). A session that finds a part of the archive deleted which it has not had, for it has no such place or has
// stayed away too long, ends with an error: its next one begins where the archive does.
//
// What is not archived (presence, requests, chat states) is not in the pages: while archived messages wait it stands in line, and is sent in its place between
// them (line.go), so that all that one sender has sent comes in order (RFC 6120 §10.1). The line is bounded; past that a request may come early, and a chat state not at all.
//
// To a client that is not available goes what is to its full JID all the same, early, and outside of that order (early.go). What of it is not acked when the connection is lost, and what comes until the
// stream is resumed, is a list of places in the archive: it is read there and sent before anything else.
//
// A page is sent piece by piece, the next when the shell has room for it (page.go): results that the client has asked for (XEP-0313) are overtaken by all that is live, a page of what
// has waited only by what order lets by. Results that were not sent when the connection is lost are sent again when the stream is resumed, all of a page or none.
// An answer for which there was no room, a page too, is an error then: the client has heard that its request was handled.
//
// While a client is inactive (XEP-0352), csi.go holds back what can wait. What was held goes before anything else that is sent.
//
// # Sabotage
//
// The build tags sabotage_* make builds that break one promise each, as those of package store do: [Sabotaged] tells.
package c2s
