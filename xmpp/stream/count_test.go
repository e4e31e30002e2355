package stream

import (
	"maps"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// TestCountSortsByKind: what comes, what the machine says itself, and what it passes on.
func TestCountSortsByKind(t *testing.T) {
	var scratch codec.Scratch
	out := Output{Encoder: xmltext.Encoder{}, Scratch: &scratch, Count: new(Count)}
	for i, text := range []string{"<iq/>", "<message/>", "<message/>", "<presence/>", "<r xmlns='urn:xmpp:sm:3'/>", "<message xmlns='urn:example:other'/>"} {
		e := decode(t, "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"+text)
		out.CountReceived(e)
		out.Keep = i%2 == 0 // which makes it a frame first
		out.Send(e)
	}
	want := [StanzaKinds]uint64{stanza.None: 2, stanza.IQ: 1, stanza.Message: 2, stanza.Presence: 1}
	if out.Count.Received != want {
		t.Errorf("received %v, want %v", out.Count.Received, want)
	}
	if out.Count.Sent != want {
		t.Errorf("sent %v, want %v", out.Count.Sent, want)
	}
}

// TestCountOfAFrame is that of its stanza, and a frame that is used again has forgotten the one before.
func TestCountOfAFrame(t *testing.T) {
	out := Output{Encoder: xmltext.Encoder{}, Count: new(Count)}
	var b codec.Builder
	for _, name := range []atom.Atom{atom.Message, atom.Presence, atom.IQ, atom.R} {
		b.Reset()
		f := codec.NewFrame()
		f.Encode(out.Encoder, b.Start(atom.NSClient, name).Element())
		out.SendFrame(f)
		f.Release()
	}
	if want := [StanzaKinds]uint64{1, 1, 1, 1}; out.Count.Sent != want {
		t.Errorf("%v", out.Count.Sent)
	}
	if f := codec.NewFrame(); f.Name != atom.Unknown {
		t.Errorf("a new frame is a %v", f.Name)
	}
}

// TestCountOfErrors by condition: of the machine's own answers and of the stream; what others say is theirs.
func TestCountOfErrors(t *testing.T) {
	out := Output{Encoder: xmltext.Encoder{}, Count: new(Count)}
	for range 2 {
		b := out.Build().Start(atom.NSClient, atom.IQ).Attr(atom.Type, "error")
		b.Start(atom.NSClient, atom.Error).Start(atom.NSStanzas, atom.ItemNotFound).End().End()
		out.Send(b.Element())
	}
	out.Send(out.Build().Start(atom.NSStreams, atom.Error).Start(atom.NSStreamErrors, atom.Conflict).End().Element())
	out.CountLogin("PLAIN", "ok")
	out.CountLogin("PLAIN", "ok")
	if want := map[atom.Atom]uint64{atom.ItemNotFound: 2}; !maps.Equal(out.Count.StanzaErrors, want) {
		t.Errorf("stanza errors %v", out.Count.StanzaErrors)
	}
	if want := map[atom.Atom]uint64{atom.Conflict: 1}; !maps.Equal(out.Count.StreamErrors, want) {
		t.Errorf("stream errors %v", out.Count.StreamErrors)
	}
	if want := map[Login]uint64{{"PLAIN", "ok"}: 2}; !maps.Equal(out.Count.Logins, want) {
		t.Errorf("logins %v", out.Count.Logins)
	}

	total, before := out.Count.Clone(), out.Count.Clone()
	total.Add(&before)
	if total.Logins[Login{"PLAIN", "ok"}] != 4 || total.StanzaErrors[atom.ItemNotFound] != 4 || total.Sent[stanza.IQ] != 4 {
		t.Errorf("twice the same: %+v", total)
	}
	if before.Logins[Login{"PLAIN", "ok"}] != 2 || out.Count.StreamErrors[atom.Conflict] != 1 {
		t.Error("a copy is not independent")
	}
}

// TestNobodyNeedsToCount: an Output without a Count works.
func TestNobodyNeedsToCount(t *testing.T) {
	out := Output{Encoder: xmltext.Encoder{}}
	e := decode(t, "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><message/>")
	out.CountReceived(e)
	out.CountLogin("", "ok")
	out.Send(e)
	if string(out.Buf) != "<message/>" {
		t.Errorf("%s", out.Buf)
	}
}
