package client

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// TestWhatAServerDeliversIsRead is about messages that a server takes because they are just within its limits, and that grow when it delivers them: by
// its stamps, and by escapes for what the sender wrote as CDATA.
func TestWhatAServerDeliversIsRead(t *testing.T) {
	const stamps = "<stanza-id xmlns='urn:xmpp:sid:0' by='a@localhost' id='1'/><delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05Z'/>"
	l := codec.DefaultLimits
	for what, content := range map[string]string{
		"elements": "<x xmlns='x'>" + strings.Repeat("<a/>", l.Elements-2) + "</x>",
		"bytes":    "<body>" + strings.Repeat("&amp;", l.Bytes-100) + "</body>",
		"depth":    strings.Repeat("<a xmlns='x'>", l.Depth-1) + strings.Repeat("</a>", l.Depth-1),
	} {
		d, s := xmltext.NewDecoder(&readLimits), new(codec.Scratch)
		header := xmltext.Encoder{}.AppendOpen(nil, codec.Element{})
		if _, ev, err := d.Decode(header, s); ev != codec.EventOpen || err != nil {
			t.Fatal(ev, err)
		}
		if _, ev, err := d.Decode([]byte("<message from='b@localhost/x'>"+content+stamps+"</message>"), s); ev != codec.EventElement || err != nil {
			t.Errorf("%s: %v %v", what, ev, err)
		}
	}
}
