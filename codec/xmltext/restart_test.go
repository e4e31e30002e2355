package xmltext

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
)

// go-sendxmpp 0.5.6 ends each element with a line feed, and begins each stream with an XML declaration.
func TestWhiteSpaceBehindTheLastElementBeforeARestart(t *testing.T) {
	const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`
	for _, space := range []string{"", "\n", " \r\n\t "} {
		var s codec.Scratch
		d := NewDecoder(nil)
		feed := func(text string, each int) (last codec.Event, err error) {
			for len(text) > 0 && err == nil {
				n, ev, e := d.Decode([]byte(text[:min(each, len(text))]), &s)
				text, err = text[n:], e
				if ev != codec.EventNone {
					last = ev
				}
			}
			return last, err
		}
		for _, each := range []int{1, 3, 1000} {
			d.Restart()
			if ev, err := feed(space+header, each); err != nil || ev != codec.EventOpen {
				t.Errorf("%q before the new header, %d bytes at a time: event %d, %v", space, each, ev, err)
			}
		}
		if _, err := feed("<presence/>"+space+"<?xml version='1.0'?>", 1000); err == nil {
			t.Errorf("%q: an XML declaration within the stream is taken", space)
		}
	}
	if _, _, err := NewDecoder(nil).Decode([]byte("\n"+header), new(codec.Scratch)); err == nil {
		t.Error("at the very beginning of a connection, white space before the XML declaration is taken")
	}
}
