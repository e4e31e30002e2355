// Package im is instant messaging and presence: RFC 6121 on top of the host. [New] makes it the host's IM and registers the roster.
//
// # Messages
//
// The archive is the mailbox. A storable message is appended to the archives of both sides in one batch, and delivered when that batch is durable, to
// the sessions that are there at that moment; whoever comes later reads it from the archive ([IM.Page]) behind the
// cursor of its device, which moves with what the client has taken ([IM.Taken]). There is no queue of undelivered messages.
//
// A message's stanza-id (XEP-0359) is its number in the archive under the account's key (package archiveid), made wherever a frame of it is.
//
// message.go decides by the table of RFC 6121 §8.5.4, commit.go is the operation that the store commits, page.go, taken.go and
// gone.go are the reading side.
//
// carbons.go makes the copies that an account's other sessions get (XEP-0280). They are frames of the archive, too: a session that is behind
// finds them in its pages.
//
// push.go tells push services of what nobody was there to get (XEP-0357), after its commit, and no more than that it waits. What services there are, a
// host.PushService knows; without another, push_local.go takes clients of this server for them.
//
// The operation also writes the count of the sender's stream, when that can be resumed (XEP-0198 §5), so that what is in the archive and what is counted are one;
// the error for a message that nobody gets is then as durable (bounce.go). resume.go is the rest of what such streams need.
//
// What of the mailbox its owner sees as an archive (XEP-0313, package xep) is decided here: archive_rules.go keeps out what he, or its sender, does not want in it (it stays
// mail), retract.go puts tombstones where a sender has taken a message back, and retention.go deletes what is too old or too much. What is too much it deletes
// only when all have had it that still come: each device has its cursor, and each stream that can be resumed its record. One that has stayed away for
// Options.ArchiveHold while something waited for it does not count until it comes again. Then the archive begins behind its place: a query for what follows the
// last message that it knows is answered with item-not-found (XEP-0313 §4.3.2), and a stream is not resumed.
//
// # Presence and rosters
//
// subscription.go holds the tables of RFC 6121 §A as tables. A change of a roster is an operation of the store too (change.go): it reads and
// writes both sides of a pair of local accounts, and what follows from it (stanzas delivered, roster pushes, presence shown or
// withdrawn) happens on the committer when the change is durable, hence in the order of the versions.
//
// Presence is sent by jobs, which read the roster, and which hold the lock of the sender's account while they send: so
// that of two presences the later one is received last, whatever goroutine sends them.
//
// # Goroutines
//
// The methods of host.IM say where they are called: in a Step, which never waits, or in a job. Apply and Committed run on
// the store's committer, which must not wait either: they post to mailboxes and build stanzas, no more. No lock of this package is held there.
//
// # Sabotage
//
// The build tags sabotage_* make builds that break one promise each, as those of package store do: [Sabotaged] tells.
package im
