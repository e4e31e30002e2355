package hostile

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// afterLogin plays what comes behind the header to a server that has let us in.
func afterLogin(t *testing.T, w *world) {
	var cases []corpus.HostileCase
	for _, c := range corpus.Hostile() {
		if c.PayloadAt > 0 {
			c.Data = c.Data[c.PayloadAt:]
			cases = append(cases, c)
		}
	}
	together(plays(cases, plain, direct), func(c play) {
		if err := w.insider(c); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	})
}

var streamEnd = []byte("</stream:stream>")

// insider plays a case.
func (w *world) insider(c play) error {
	p, err := w.attacker(c.port)
	if err != nil {
		return err
	}
	defer p.close()
	data, closes := c.Data, false
	if c.End == "closed" && bytes.Count(data, streamEnd) == 1 {
		data, closes = bytes.CutSuffix(data, streamEnd)
	}
	if err := p.perform(data, c.pieces); err != nil {
		return err
	}
	all, err := p.finish(c, closes)
	if err != nil {
		return err
	}
	got, err := outcome(all, p.footer)
	if err == nil {
		err = judge(got, byManifest(&c.HostileCase)...)
	}
	if err != nil {
		return err
	}
	if got == "accept" && c.End == "closed" && !p.footer {
		return fmt.Errorf("the stream was not closed: %v", all)
	}
	return w.processed(p, c, got, all)
}

// finish sends what ends the case, and returns all answers. Between stanzas the session must be usable.
func (p *peer) finish(c play, closes bool) (all []reply, err error) {
	if closes || c.End == "open" {
		if all, err = p.usable(); err != nil || len(all) > 0 && all[len(all)-1].isError {
			rest, _ := p.rest()
			return append(all, rest...), err
		}
	}
	switch {
	case closes:
		err = p.write(streamEnd)
	case c.End == "open", c.End == "unfinished":
		err = p.end()
	}
	if err = hungUp(err); err != nil {
		return all, err
	}
	rest, err := p.rest()
	return append(all, rest...), err
}

// usable pings the server and returns what it said before the answer, which is left out. It stops at a stream error.
func (p *peer) usable() (all []reply, err error) {
	if err := hungUp(p.send(func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "get").Attr(atom.ID, "usable").Attr(atom.To, domain)
		b.StartNS("urn:xmpp:ping", "ping")
	})); err != nil {
		return nil, err
	}
	for {
		r, err := p.next()
		switch {
		case err != nil:
			return all, fmt.Errorf("the session is not usable: %w", err)
		case r.id == "usable" && r.typ == "result":
			return all, nil
		}
		all = append(all, r)
		if r.isError {
			return all, nil
		}
	}
}

// processed checks how many stanzas had an effect: a message at the sink, an answer, or the echo of a presence or of a message to nobody, which is for our
// own account.
func (w *world) processed(p *peer, c play, got string, all []reply) error {
	if err := w.barrier(); err != nil {
		return err
	}
	messages, err := w.sink.take(p.jid)
	if err != nil {
		return err
	}
	n := len(messages)
	for _, r := range all {
		if r.forMember && (r.typ == "result" || r.typ == "error" || r.from == p.jid) {
			n++
		}
	}
	if n > c.Stanzas || n < c.Stanzas && got == c.Expect {
		return fmt.Errorf("%d stanzas had an effect, not %d", n, c.Stanzas)
	}
	return nil
}
