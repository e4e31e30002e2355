// Package server wires the house together: one [Server] is everything that serves one data folder.
//
// The store is at the bottom. On it stand the router, and for each domain a host with its instant messaging and its extensions. On these stands,
// for each port, a c2s.Server, which makes a session for each connection that edge accepts. Beside them are the certificates, the server's key
// for the link, the operator's door (package admin), and, where the configuration wants it, a port with figures and profiles (package metrics).
//
// Nothing here knows flags, signals or the process: godwit serve and localserve bring these, and tests run a Server as it is.
package server
