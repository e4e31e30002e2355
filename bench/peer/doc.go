// Package peer runs other XMPP servers, as their packages have installed them, for comparison: each on data and with a configuration of its own, in a folder that the
// caller gives and removes, on free ports of loopback, as a process of ours. Services of the system are left alone: nothing of theirs is read or written.
//
// What is configured is what the servers' documentation says for many users: no limits of rate, only the modules that are needed, logs of errors only, a large backlog. The rest is as the
// package has it. Settings tells all of it.
//
// Another server is a file with a type that is a Server (child runs the process), and a line in Kinds.
package peer
