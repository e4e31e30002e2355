// Command godwit is the server, its tools and a small client in one binary.
//
// Each subcommand is one file here, which does no more than bind flags to what a package does: config reads the configuration, server wires edge,
// store and protocol together, admin is the operator's door to accounts and backups, xmpp/client is what chat is made of.
// Begin with main.go for how commands are run and errors are told, and with server/server.go for how the house is put together.
package main
