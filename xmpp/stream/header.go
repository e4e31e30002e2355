package stream

import (
	"bytes"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// CheckHeader says what is wrong with a stream header (RFC 6120 §4.7, §4.8): the condition of the stream error to answer with
// (§4.9.3), or atom.Unknown when the header is good. content is the namespace of the stanzas to come, atom.NSClient or atom.NSServer.
//
// The header's name has the prefix "stream", or none: then the stream namespace is the default one, and stanzas declare their own (§4.8.5).
func CheckHeader(e codec.Element, content atom.Atom) atom.Atom {
	switch prefix := e.Prefix(); {
	case e.NS() != atom.NSStreams:
		return atom.InvalidNamespace
	case e.Name() != atom.Stream:
		return atom.BadFormat
	case len(prefix) == 0:
		return atom.Unknown
	case !bytes.Equal(prefix, []byte("stream")):
		return atom.BadNamespacePrefix
	}
	if string(e.AttrNS(atom.NSXMLNS, atom.XMLNS)) != content.String() {
		return atom.InvalidNamespace
	}
	return atom.Unknown
}

// CheckFirstLevel says what is wrong with a first-level element: the condition of the stream error to answer with, or
// atom.Unknown for a stanza in the content namespace (RFC 6120 §4.8.4, §4.9.3.10, §4.9.3.24). Elements of negotiation and
// the like, in namespaces of their own, are the caller's to know before it asks. A name in the content namespace must
// have no prefix, in the stanza's children neither (§4.8.5): the server may not pass it on.
func CheckFirstLevel(e codec.Element, content atom.Atom) atom.Atom {
	switch ns := e.NS(); {
	case ns == content:
		return checkStanza(e, content)
	case len(e.Namespace()) == 0, ns == atom.NSClient, ns == atom.NSServer:
		return atom.InvalidNamespace
	}
	return atom.UnsupportedStanzaType
}

func checkStanza(e codec.Element, content atom.Atom) atom.Atom {
	switch e.Name() {
	case atom.Message, atom.Presence, atom.IQ:
	default:
		return atom.UnsupportedStanzaType
	}
	t, root := e.Tree()
	for i := root; i < t.Nodes[root].End; i++ {
		if n := &t.Nodes[i]; n.PrefixLen > 0 && n.NS == content {
			return atom.BadNamespacePrefix
		}
	}
	return atom.Unknown
}
