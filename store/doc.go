// Package store keeps what must outlive the process: accounts, rosters, message
// archives, delivery cursors, link device keys, secrets, and the small tables of
// extensions. It is an ordered key-value store (Pebble) with a fixed key layout,
// which KEYS.md specifies to the byte. No Pebble type leaves the package.
//
// # Terms
//
// An archive is an account's message log, and its mailbox: every entry has a seq,
// and what a device has not acknowledged is what lies behind its cursor. A space
// is the table of an extension. A view is the store as of the last synced batch.
//
// # Writing
//
// All writes are operations ([Op]) that one goroutine, the committer, applies one
// after the other: no locks, no conflicts, and an operation reads what those
// before it wrote. [Store.Submit] queues an operation and never blocks;
// [Store.Do] wraps a function and waits.
//
// The committer makes one Pebble batch of what is queued (up to Options.BatchBytes),
// applies it with one sync, replaces the view, and only then calls Committed, in
// order. While a sync runs the next batch gathers, so that nothing waits for a
// timer and the number of syncs does not grow with the load. Whoever lets an
// acknowledgement, a delivery or a push out only from Committed(nil) keeps the
// promise that it survives kill -9 and power loss.
//
// That is strict durability, the default. Where an operator sets Options.Durability to
// "relaxed", the log is written before Committed is called and synced at most
// Options.SyncInterval later (relaxed.go). Everything else stays the same: a crash of the
// process loses nothing, and one of the machine takes back what was committed since the
// last sync: the last operations from one on, never one from their middle. What it
// costs to be strict is in bench/results/durability.txt.
//
// An operation that returns an error (or panics) is taken back whole, wherever it
// was. The queue is bounded in operations and bytes: ErrFull is back-pressure.
//
// # Reading
//
// Store and [Tx] have the same read methods. On a Tx they include the batch being
// made. On a Store they read the view, never a batch that is visible in Pebble
// and not yet synced: a message handed out from there could be taken back by a
// power cut. Iterators do not outlive a call, nor a quarter of a second.
//
// # Archives
//
// The entries of an archive are without holes, and their times never fall: so one
// is found by its seq at once, by its time by halving, and how many there are is
// a subtraction. A second table finds those with one contact. A page costs what is
// on it, however long the archive is (query.go; bench/results/archive.txt). Only
// the oldest entries go ([Tx.TrimArchive]); one in the middle can be emptied
// ([Tx.ReplaceStanza]), its place stays.
//
// # The hot path
//
// [Tx.Append] writes three records, the entry, its key in the index by contact and its dedupe key; the account's
// counters are cached and written once per batch. A new origin-id is recognised
// as new by a filter in memory (dedupe.go). Append and Submit allocate nothing.
//
// # When things go wrong
//
// A log write or sync that fails ends the process (exit status 1): Pebble would
// otherwise report success. So does whatever Pebble answers with a panic.
// Low disk space refuses operations long before (ErrDiskFull), and a ballast file
// is given up before a write fails. Every record has a checksum over key and
// value; a reader gets ErrCorrupt, never wrong bytes. When Pebble finds a damaged
// file, the store refuses all further operations. [Store.Verify] walks
// everything and names each fault; [Store.Backup] makes a copy that Open opens.
//
// What cannot be noticed: damage near the end (32 KiB with small batches) of the log
// that the process was writing to when it ended looks like a write that the power cut in
// two, and takes back the commits from there on (TestBitRot).
//
// # Sabotage
//
// The build tags sabotage_early_ack, sabotage_no_sync and sabotage_no_dedupe make
// builds that break one promise each. They exist to prove that crash tests would
// notice, and are for nothing else. [Sabotaged] tells.
//
// Read next: commit.go, tx.go, relaxed.go, archive.go, query.go, KEYS.md.
package store
