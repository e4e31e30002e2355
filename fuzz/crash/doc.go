// Package crash kills the server under load, again and again, and checks that it keeps its promises.
//
// Some [actor]s, each one account with one client of xmpp/client, send numbered messages to each other, half of them over the link and half over
// the compatible port. What they send, are acked and receive goes into a history.History. After a crash each comes back, sends again what
// was not acked, and goes on. At the end all catch up, the archives are read from the store, and history.Check judges.
//
// There are two ways to crash. TestPowerLoss runs the whole server in this process over a disk in memory, copies the disk as a power cut would leave
// it at a random moment, and goes on from the copy. TestKill runs the real binary and ends it with SIGKILL.
//
// TestSabotage proves that the checker sees what it has to: it runs TestPowerLoss on builds with a deliberate fault (the sabotage_* tags of
// package store), and wants each to fail.
package crash
