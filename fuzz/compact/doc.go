// Package compact fuzzes codec/compact against codec/xmltext: what the compact decoder accepts must leave as XML that the XML decoder
// accepts and finds equal, and what is XML must come through the compact coding unchanged.
//
//	go test ./fuzz/compact -fuzz FuzzDecode
package compact
