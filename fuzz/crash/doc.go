// Package crash kills the server under load, again and again, and checks that it keeps its promises.
//
// Some [actor]s send numbered messages to each other, with xmpp/client. Each account has two of them, one over the link and one over the compatible port; of those on the
// link half log in by SASL2 and Bind 2 (XEP-0388, XEP-0386) and fetch what they have missed from the archive (XEP-0313), and one of each account's two wants copies of what the
// other sends (XEP-0280). What they send, are acked and receive goes into a history.History. Their connections end by crashes, and by themselves now and then; most of the
// time an actor goes on with its stream (XEP-0198 §5), often while its old connection is open and goes on to send, else it logs in and sends again what was not acked.
// After each crash, and at the end when all have caught up, the archives are read from the store, and history.Check judges.
//
// There are two ways to crash. TestPowerLoss runs the whole server in this process over a disk in memory, copies the disk as a power cut would leave
// it at a random moment, and goes on from the copy; sometimes the power fails again while the store is opened. TestKill runs the real binary and ends it with SIGKILL.
//
// A [torture] is many histories, each with a seed of its own, and several at a time: they wait for much. What is special about a history follows from its seed: some have relaxed
// durability, of which a loss of power may take the end, some delete old messages all the time. Between lives the counts of some streams are moved to
// shortly before 2³², on the disk and in the client's memory. In the end a table says what the crashes have met. A history that breaks a promise is named with
// the command that plays it again: the same seed makes the same choices, and not the same moments.
//
// Between clients and server lies a [road], which brings what some clients send late, even when they are gone or on another connection by then. With -network it is a network of bench/network
// instead, as bad as its profile says, in fast motion: 3g-lossy or lte-train, say.
//
// TestSabotage proves that the checker sees what it has to: it runs TestPowerLoss on builds with a deliberate fault (the sabotage_* tags of
// packages store, im and c2s), and wants each to fail, strict and relaxed, within 100 seeds.
package crash
