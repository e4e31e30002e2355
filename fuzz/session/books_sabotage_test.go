package session

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// sabotage is a machine that does something wrong.
type sabotage struct {
	stream.Machine
	step func(m stream.Machine, in *stream.Input, out *stream.Output)
}

func (s *sabotage) Step(in *stream.Input, out *stream.Output) { s.step(s.Machine, in, out) }
func (s *sabotage) Unwrap() stream.Machine                    { return s.Machine }

// saying makes a machine write text behind what it has to say when it gets something like in.
func saying(kind stream.Kind, text string) func(m stream.Machine, in *stream.Input, out *stream.Output) {
	return func(m stream.Machine, in *stream.Input, out *stream.Output) {
		m.Step(in, out)
		if in.Kind == kind {
			out.Buf = append(out.Buf, text...)
		}
	}
}

// replacing makes a machine write one text in place of another.
func replacing(old, with string) func(m stream.Machine, in *stream.Input, out *stream.Output) {
	return func(m stream.Machine, in *stream.Input, out *stream.Output) {
		m.Step(in, out)
		out.Buf = bytes.ReplaceAll(out.Buf, []byte(old), []byte(with))
	}
}

var garbage [][]byte

const (
	plainly = "<message to='bob@" + domain + "' type='chat' id='t1'><body>t1</body></message>"
	ask     = "<r xmlns='urn:xmpp:sm:3'/>"
)

// TestBooks has servers that are wrong in one way each, and wants the books to say so.
func TestBooks(t *testing.T) {
	for _, c := range []struct {
		name, says string // what a complaint contains
		who        int    // whose machine it is: 0 is bob's, 1 carol's, 2 the attacker's first
		at         string // station
		sends      string
		step       func(m stream.Machine, in *stream.Input, out *stream.Output)
	}{
		{"writes behind the end", "output: ", 2, "bound", "</stream:stream>", saying(stream.Footer, "<x/>")},
		{"writes no XML", "output: ", 2, "bound", plainly, saying(stream.Element, "</y>")},
		{"writes too much", "output: ", 2, "bound", plainly, saying(stream.Element, strings.Repeat(" ", 2*freeBytes))},
		{"allocates too much", "of memory", 2, "bound", plainly, func(m stream.Machine, in *stream.Input, out *stream.Output) {
			m.Step(in, out)
			if garbage = nil; in.Kind == stream.Element {
				garbage = append(garbage, make([]byte, 2*freeMemory))
			}
		}},
		{"knows another stream error", "error: a stream error", 2, "bound", "<wrong/>", replacing("<unsupported-stanza-type", "<no-such-thing")},
		{"has a stream error in another namespace", "error: a stream error", 2, "bound", "<wrong/>", replacing(nsErrors, "urn:x")},
		{"goes on behind a stream error", "goes on behind", 2, "bound", plainly, saying(stream.Element, "<stream:error><reset xmlns='"+nsErrors+"'/></stream:error>")},
		{"ends a stream and keeps the connection", "its connection has not", 2, "bound", plainly, saying(stream.Element, "</stream:stream>")},
		{"knows another stanza error", "error: a stanza error", 2, "bound", "<iq type='get' id='1'><x xmlns='urn:x'/></iq>", replacing("<service-unavailable", "<no-such-thing")},
		{"has a stanza error of another type", "error: a stanza error of no type", 2, "bound", "<iq type='get' id='1'><x xmlns='urn:x'/></iq>", replacing("type='cancel'", "type='x'")},
		{"acks more than was sent", "ack: of 9", 2, "with acks", plainly, saying(stream.Element, "<a xmlns='urn:xmpp:sm:3' h='9'/>")},
		{"acks less than before", "ack: of 0, after", 2, "with acks", plainly + ask + "|<active xmlns='urn:xmpp:csi:0'/>", func(m stream.Machine, in *stream.Input, out *stream.Output) {
			last := in.Kind == stream.Element && in.Element.NS() == atom.NSCSI
			if m.Step(in, out); last {
				out.Buf = append(out.Buf, "<a xmlns='urn:xmpp:sm:3' h='0'/>"...)
			}
		}},
		{"acks without being asked to", "without acks enabled", 2, "bound", plainly, saying(stream.Element, "<a xmlns='urn:xmpp:sm:3' h='1'/>")},
		{"acks what it drops", "which is not stored", 2, "with acks", plainly + strings.ReplaceAll(plainly, "t1", "t2") + ask, dropping},
		{"resumes a stream of nobody", "nobody has asked", 2, "bound", plainly, saying(stream.Element, "<resumed xmlns='urn:xmpp:sm:3' h='0' previd='x'/>")},
		{"delivers what is not stored", "delivery: ", 0, "bound", plainly, saying(stream.Delivery, "<message from='alice@example.org/r0'><body>t7</body><stanza-id xmlns='urn:xmpp:sid:0' by='bob@example.org' id='x'/></message>")},
		{"lets strangers write to others", "bystander: bob/phone hears", 0, "bound", plainly, saying(stream.Delivery, "<message from='mallory@example.net'><body>x</body></message>")},
		{"lets the attacker write as others", "bystander: bob hears", 0, "bound", plainly, saying(stream.Delivery, "<message from='carol@example.org/tablet'><body>note 1</body></message>")},
		{"doubles what others hear", "bystander: bob hears", 0, "bound", plainly, func(m stream.Machine, in *stream.Input, out *stream.Output) {
			m.Step(in, out)
			out.Buf = append(out.Buf, out.Buf[:len(out.Buf)*min(1, bytes.Count(out.Buf, []byte("note 1")))]...)
		}},
		{"keeps what others should hear", "does not hear", 0, "bound", plainly, func(m stream.Machine, in *stream.Input, out *stream.Output) {
			if m.Step(in, out); bytes.Contains(out.Buf, []byte("note 1")) {
				out.Buf = out.Buf[:0]
			}
		}},
		{"ends the streams of others", "has lost its connection", 1, "bound", plainly, func(m stream.Machine, in *stream.Input, out *stream.Output) {
			last := in.Kind == stream.Element && string(in.Element.Attr(atom.Type)) == "chat"
			if m.Step(in, out); last {
				out.Buf = append(out.Buf, "</stream:stream>"...)
				out.Close()
			}
		}},
	} {
		machines := -1
		tr := newTrial(t, func(m stream.Machine) stream.Machine {
			if machines++; machines == c.who {
				return &sabotage{m, c.step}
			}
			return m
		})
		for _, s := range stations {
			if s.name == c.at {
				s.enter(tr)
			}
		}
		for text := range strings.SplitSeq(c.sends, "|") {
			tr.send(tr.conn(), text)
		}
		wantComplaint(t, c.name, c.says, tr.finish())
	}
}

// dropping drops the second message, and counts it.
func dropping(m stream.Machine, in *stream.Input, out *stream.Output) {
	const second = "t2"
	last := in.Kind == stream.Element && in.Element.NS() == atom.NSSM
	switch {
	case in.Kind == stream.Element && in.Element.Name() == atom.Message && string(in.Element.Attr(atom.ID)) == second:
	default:
		m.Step(in, out)
	}
	if last {
		out.Buf = append(out.Buf, "<a xmlns='urn:xmpp:sm:3' h='4'/>"...)
	}
}

func wantComplaint(t *testing.T, name, says string, complaints []string) {
	t.Helper()
	for _, text := range complaints {
		if strings.Contains(text, says) {
			return
		}
	}
	t.Errorf("a server that %s: the books do not say %q, but %q", name, says, complaints)
}

// TestBooksAfterCrash has a disk that syncs late: what was acked is lost in a crash.
func TestBooksAfterCrash(t *testing.T) {
	late := func(disk *store.Memory, o store.Options) (*store.Store, error) {
		o.Durability, o.SyncInterval = store.Relaxed, time.Hour
		return store.OpenMemory(disk, o)
	}
	for name, end := range map[string]func(tr *trial){
		"forgets what it has acked in a crash":              func(tr *trial) { tr.restart(&tape{[]byte{0, worstCrash}}) },
		"forgets what it has acked in a crash at that time": func(*trial) {},
	} {
		tr := newTrialOn(t, nil, late)
		tr.books.crashIn = 1
		tr.bound(enableAcks + available)
		tr.send(tr.conn(), plainly+ask)
		end(tr)
		wantComplaint(t, name, "was acked, and is not there", tr.finish())
	}
}
