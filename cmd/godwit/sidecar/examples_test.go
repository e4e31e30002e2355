package sidecar

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// TestExamples sends all examples of the XEPs through a sidecar and a real link to a server that sends them back: each comes back as it was, features without what belongs to the server's
// hop. What the sidecar answers itself is left out: the dialogues show it.
func TestExamples(t *testing.T) {
	all := corpus.XEPExamples()
	p := dial(t, newNear(t, newFar(t), nil).address).login(t)
	var sent []corpus.Example
	answered := 0
	for _, e := range all {
		if isAnswered(t, e) {
			answered++
			continue
		}
		sent = append(sent, e)
	}
	go func() {
		for _, e := range sent {
			if _, err := p.Write(e.XML); err != nil {
				return // the reader says so
			}
		}
	}()
	for _, e := range sent {
		ev, got := p.next(t)
		if ev != codec.EventElement || !codec.Equal(got, asItComes(t, e)) {
			t.Fatalf("XEP-%s, example %d, event %v:\n%s\n%s", e.XEP, e.N, ev, e.XML, xmltext.Encoder{}.AppendElement(nil, got))
		}
	}
	t.Logf("%d of %d examples came back", len(sent), len(all))
	if len(all) != 5536 || answered > 60 {
		t.Errorf("%d examples, %d that the sidecar answers", len(all), answered)
	}
}

// parsed returns an example, which the caller has until it asks for the next one.
func parsed(t *testing.T, e corpus.Example) codec.Element {
	t.Helper()
	s := new(codec.Scratch)
	if err := (xmltext.Encoder{}).Parse(e.XML, s); err != nil {
		t.Fatalf("XEP-%s, example %d: %v", e.XEP, e.N, err)
	}
	return s.Tree.Root()
}

// isAnswered reports whether an example does not come back: the sidecar answers it, or another stream begins behind it.
func isAnswered(t *testing.T, example corpus.Example) bool {
	t.Helper()
	e := parsed(t, example)
	return e.Is(atom.NSTLS, atom.StartTLS) || e.Is(atom.NSCompress, atom.Compress) || e.Is(atom.NSSASL, atom.Success) ||
		!e.Child(atom.NSStreamErrors, atom.SeeOtherHost).IsZero()
}

// asItComes returns an example as a client gets it from a server.
func asItComes(t *testing.T, example corpus.Example) codec.Element {
	t.Helper()
	e := parsed(t, example)
	switch {
	case e.Is(atom.NSStreams, atom.Features):
		for hop := find(e, ofTheHop); !hop.IsZero(); hop = find(e, ofTheHop) {
			codec.Remove(hop)
		}
	case e.Is(atom.NSSM, atom.Enabled), e.Is(atom.NSSASL2, atom.Success):
		if enabled := find(e, hasLocation); !enabled.IsZero() {
			codec.RemoveAttr(enabled, atom.Location)
		}
	}
	return e
}
