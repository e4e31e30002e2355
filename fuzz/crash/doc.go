// Package crash kills the server under load, again and again, and checks that it keeps its promises.
//
// Some [actor]s send numbered messages to each other, with xmpp/client. Each account has two of them, one over the link and one over the compatible port. What they
// send, are acked and receive goes into a history.History. Their connections end by crashes, and by themselves now and then; half of the time an actor goes on
// with its stream (XEP-0198 §5), sometimes while its old connection is open, else it logs in and sends again what was not acked. After each crash, and at the end
// when all have caught up, the archives are read from the store, and history.Check judges.
//
// There are two ways to crash. TestPowerLoss runs the whole server in this process over a disk in memory, copies the disk as a power cut would leave
// it at a random moment, and goes on from the copy. TestKill runs the real binary and ends it with SIGKILL.
//
// Between clients and server lies a [road], which brings what some clients send late, even when they are gone or on another connection by then. With -network it is a network of bench/network
// instead, as bad as its profile says, in fast motion: 3g-lossy or lte-train, say.
//
// TestSabotage proves that the checker sees what it has to: it runs TestPowerLoss on builds with a deliberate fault (the sabotage_* tags of
// packages store, im and c2s), and wants each to fail.
package crash
