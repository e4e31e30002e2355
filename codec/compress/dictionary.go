package compress

import _ "embed"

// Dictionary is what precedes each message of the method Godwit: the tags of XMPP, the more frequent the nearer to the end. It is public, and the same for
// everybody. It is made from the examples of the XEPs and the table of codec/atom, see dictionary_test.go; a change makes a new method.
//
//go:embed dictionary.txt
var Dictionary []byte
