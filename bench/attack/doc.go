// Package attack measures what a server's honest users feel while others attack it.
//
// Pairs of honest users write to each other at a steady rate, and one more logs in again and again. They are watched in peace, then during an attack, for each attack in turn: how
// long messages and logins take, whether a session was closed that should not be, and how much memory the server has. The attackers ([Attacks]) are a process of their own, which
// comes from other addresses of this machine (127.1.0.0/16), has the least priority and the last CPU: what it does to the server counts, and not that it takes processor time of the honest users'
// clients.
//
// A message counts from the moment when it was to be sent, not from when it was (so that a server that stands still is not asked less): latencies are free of
// coordinated omission.
package attack
