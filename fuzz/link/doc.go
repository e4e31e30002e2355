// Package link fuzzes codec/link. Neither a handshake nor a session may panic, wait for ever or accept what the peer did not make,
// whatever comes in and however it is cut. The seeds are the protocol's vectors, so that fuzzing starts from handshakes that work.
//
//	go test ./fuzz/link -fuzz FuzzServer
package link
