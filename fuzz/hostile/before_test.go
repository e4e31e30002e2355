package hostile

import (
	"fmt"
	"slices"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// beforeLogin plays every stream as it is to a server that does not know who is there.
func beforeLogin(t *testing.T, w *world) {
	together(plays(corpus.Hostile(), plain, starttls, direct), func(c play) {
		if err := w.stranger(c); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	})
	if err := w.barrier(); err != nil {
		t.Fatal(err)
	}
	for _, from := range w.sink.left(w.control.jid) {
		t.Errorf("a message from %s was delivered before login", from)
	}
}

// stranger plays a case.
func (w *world) stranger(c play) error {
	p, err := w.dial(c.port)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.perform(c.Data, c.pieces); err != nil {
		return err
	}
	if c.End == "open" || c.End == "unfinished" {
		if err := p.end(); err != nil {
			return err
		}
	}
	all, err := p.rest()
	if err != nil {
		return err
	}
	got, err := outcome(all, p.footer)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.forMember {
			return fmt.Errorf("a stranger is answered: %s", r.xml)
		}
	}
	return judge(got, rightBeforeLogin(&c.HostileCase)...)
}

// rightBeforeLogin is the table of the package comment.
func rightBeforeLogin(c *corpus.HostileCase) []string {
	switch {
	case c.Stanzas == 0 && c.Expect == "accept":
		return byManifest(c)
	case tooLarge(c):
		return []string{"stream-error:policy-violation"}
	case c.Stanzas > 0:
		return []string{"stream-error:not-authorized"}
	case slices.Contains(c.Also, "accept"):
		return append(byManifest(c), "stream-error:not-authorized")
	}
	return byManifest(c)
}

// tooLarge reports whether the first stanza is beyond what strangers may send, and right otherwise.
func tooLarge(c *corpus.HostileCase) bool {
	within, beyond := xmltext.NewDecoder(&codec.PreAuthLimits), xmltext.NewDecoder(&codec.Limits{})
	defer within.Close()
	defer beyond.Close()
	return c.Stanzas > 0 && !first(within, c.Data) && first(beyond, c.Data)
}

// first reports whether the first stanza of a stream can be read.
func first(d codec.Decoder, data []byte) bool {
	var s codec.Scratch
	for len(data) > 0 {
		n, event, err := d.Decode(data, &s)
		if err != nil || event == codec.EventElement {
			return err == nil
		}
		data = data[n:]
	}
	return false
}
