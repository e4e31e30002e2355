// Package compact fuzzes codec/compact against codec/xmltext. What the compact decoder accepts must leave as XML that the XML decoder
// accepts and finds equal. What is XML must come through the compact coding unchanged. How a stream is cut must not matter.
//
//	go test ./fuzz/compact -fuzz FuzzDecode
package compact
