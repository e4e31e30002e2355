package xmltext

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

var peeked byte // keeps the compiler from leaving out a read

// peek reads a byte outside of p. That is what it is for, so the race detector's check of pointers does not look at it.
//
//go:nocheckptr
func peek(p []byte, at int) {
	peeked = *(*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(p)), at))
}

// said is what a decoder has said of p.
type said struct {
	p    []byte
	tree *codec.Tree
	n    int
	ev   codec.Event
	err  error
}

// spoiled is a decoder that says something else.
type spoiled struct {
	codec.Decoder
	spoil func(*said)
}

func (d *spoiled) Decode(p []byte, s *codec.Scratch) (n int, ev codec.Event, err error) {
	n, ev, err = d.Decoder.Decode(p, s)
	what := said{p, &s.Tree, n, ev, err}
	d.spoil(&what)
	return what.n, what.ev, what.err
}

// TestNotices spoils what the decoder says in one way at a time: the comparison notices each, and finds a stream that is short.
func TestNotices(t *testing.T) {
	for name, spoil := range map[string]func(*said){
		"event lost":              onEvent(codec.EventElement, func(s *said) { s.ev = codec.EventNone }),
		"end of stream lost":      onEvent(codec.EventClose, func(s *said) { s.ev = codec.EventNone }),
		"header as element":       onEvent(codec.EventOpen, func(s *said) { s.ev = codec.EventElement }),
		"a byte too few":          onEvent(codec.EventElement, func(s *said) { s.n-- }),
		"a byte too many":         onEvent(codec.EventElement, func(s *said) { s.n = min(s.n+1, len(s.p)) }),
		"node lost":               onEvent(codec.EventElement, func(s *said) { s.tree.Nodes = s.tree.Nodes[:len(s.tree.Nodes)-1] }),
		"text cut":                onNode(codec.KindText, func(n *codec.Node) { n.Len-- }),
		"value cut":               onNode(codec.KindAttr, func(n *codec.Node) { n.Len = n.Len * 15 / 16 }),
		"text from elsewhere":     onNode(codec.KindText, func(n *codec.Node) { n.Off++ }),
		"atom of a name":          onNode(codec.KindAttr, func(n *codec.Node) { n.Name = atom.Unknown }),
		"namespace":               onNode(codec.KindElement, func(n *codec.Node) { n.NS = atom.NSSM }),
		"namespace lost":          onNode(codec.KindElement, func(n *codec.Node) { n.Decl = 0 }),
		"namespace of another":    onNode(codec.KindAttr, func(n *codec.Node) { n.Decl = max(n.Decl, 1) - 1 }),
		"prefix":                  onNode(codec.KindElement, func(n *codec.Node) { n.PrefixLen = 0 }),
		"name":                    onNode(codec.KindElement, func(n *codec.Node) { n.NameLen -= n.NameLen / 8 }),
		"end of an element":       onNode(codec.KindElement, func(n *codec.Node) { n.End = max(n.End, 3) }),
		"error lost":              onError(func(s *said, _ *codec.Error) { s.n, s.err = len(s.p), nil }),
		"error elsewhere":         onError(func(s *said, e *codec.Error) { s.err = &codec.Error{Condition: e.Condition, Offset: e.Offset + 1} }),
		"error of another kind":   onError(func(s *said, e *codec.Error) { s.err = &codec.Error{Condition: atom.BadFormat, Offset: e.Offset} }),
		"error that is not final": onError(func(s *said, e *codec.Error) { s.err = &codec.Error{Condition: e.Condition, Offset: e.Offset} }),
		"input changed":           func(s *said) { s.p[len(s.p)-1] ^= 1 },
		"read behind the input":   func(s *said) { peek(s.p, len(s.p)) },
		"read before the input":   func(s *said) { peek(s.p, -1) },
		"panic":                   onEvent(codec.EventClose, func(*said) { panic("spoiled") }),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorker(1)
			defer w.close()
			w.new = func(l *codec.Limits) codec.Decoder { return &spoiled{newDecoder(l), spoil} }
			const most = 20_000
			for i := range uint64(most) {
				if report := w.stream(i); report != "" {
					if !strings.Contains(report, "\nminimised: ") {
						t.Errorf("no shorter stream was found:\n%s", report)
					}
					return
				}
			}
			t.Errorf("not noticed in %d streams", most)
		})
	}
}

func onEvent(ev codec.Event, spoil func(*said)) func(*said) {
	return func(s *said) {
		if s.err == nil && s.ev == ev {
			spoil(s)
		}
	}
}

func onError(spoil func(*said, *codec.Error)) func(*said) {
	return func(s *said) {
		if e, ok := s.err.(*codec.Error); ok {
			spoil(s, e)
		}
	}
}

// onNode spoils the last node of the kind.
func onNode(kind codec.Kind, spoil func(*codec.Node)) func(*said) {
	return func(s *said) {
		if s.err != nil || s.ev != codec.EventElement {
			return
		}
		for i := len(s.tree.Nodes) - 1; i >= 0; i-- {
			if n := &s.tree.Nodes[i]; n.Kind == kind {
				spoil(n)
				return
			}
		}
	}
}
