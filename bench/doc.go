// Package bench measures Godwit: each workload is a package with a Config and a Run, bound to flags by `godwit bench`.
//
// load drives any XMPP server with many clients on event loops of its own: messages, logins, idle sessions. peer starts other servers for that, proc asks the system what a
// server costs and pins it to CPUs, and figures makes tables and pages of what several servers did in turn.
//
// resume, reconnect and durability need a server, which daemon runs as a process of its own: the program that measures starts itself again as the
// server. Their clients are connections of xmpp/client. parked writes a store, and codec reads the streams that corpus makes, with the decoder and with the parsers of
// peers. reconnect puts a network between a client and the server, of package network: it is for tests elsewhere too.
//
// A workload says what it did and gives figures; it claims nothing. Results that are published lie in results, each with the machine and the
// command that made it. README.md says how to repeat each, what it needs and how to read it.
package bench
