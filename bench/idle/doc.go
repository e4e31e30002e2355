// Package idle measures what an idle session costs the server: the resident memory of its process, before and after many clients have
// logged in and sent their presence, by the operating system's account.
//
// The server is another process on this machine; the clients are connections of xmpp/client in this one. Memory is
// read when it has settled: when it no longer falls.
package idle
