// Package link fuzzes codec/link: neither a handshake nor a session may panic, wait for ever or accept what the peer did not make,
// whatever comes in and however it is cut.
//
//	go test ./fuzz/link -fuzz FuzzServer
package link
