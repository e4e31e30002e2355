package edge

import (
	"bytes"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// lineDecoder is a coding for tests of the shell: each line is an element, with the line as its text; "<open>" is
// a stream header and "</open>" a footer; a line that begins with "!" is an error.
type lineDecoder struct {
	part   []byte
	limits *codec.Limits
	opens  int
}

func (d *lineDecoder) Decode(p []byte, s *codec.Scratch) (int, codec.Event, error) {
	i := bytes.IndexByte(p, '\n')
	if i < 0 {
		if len(d.part)+len(p) > d.limits.Bytes {
			return 0, 0, &codec.Error{Condition: atom.PolicyViolation, Reason: "line too long"}
		}
		d.part = append(d.part, p...)
		return len(p), codec.EventNone, nil
	}
	line := p[:i]
	if len(d.part) > 0 {
		s.Buf = append(append(s.Buf[:0], d.part...), line...)
		line, d.part = s.Buf, nil
	}
	s.Tree.Reset(line)
	s.Tree.Nodes = append(s.Tree.Nodes,
		codec.Node{Kind: codec.KindElement, Name: atom.Body, End: 2},
		codec.Node{Kind: codec.KindText, Len: uint32(len(line))})
	switch {
	case bytes.HasPrefix(line, []byte("!")):
		return 0, 0, &codec.Error{Condition: atom.NotWellFormed, Reason: "bad line"}
	case string(line) == "<open>":
		d.opens++
		return i + 1, codec.EventOpen, nil
	case string(line) == "</open>":
		return i + 1, codec.EventClose, nil
	}
	return i + 1, codec.EventElement, nil
}

func (d *lineDecoder) Restart()                  { d.part = nil }
func (d *lineDecoder) SetLimits(l *codec.Limits) { d.limits = l }
func (d *lineDecoder) Close()                    { d.part = nil }

// lineEncoder writes frames as lines.
type lineEncoder struct{}

func (lineEncoder) Encoding() codec.Encoding                      { return codec.XML }
func (lineEncoder) AppendOpen(dst []byte, _ codec.Element) []byte { return append(dst, "<open>\n"...) }
func (lineEncoder) AppendElement(dst []byte, e codec.Element) []byte {
	return append(append(dst, e.Text()...), '\n')
}
func (lineEncoder) AppendSplit(dst []byte, e codec.Element) ([]byte, int) {
	return append(append(dst, e.Text()...), '\n'), 1
}
func (lineEncoder) AppendChild(dst []byte, e codec.Element) []byte { return append(dst, e.Text()...) }
func (lineEncoder) AppendFrame(dst []byte, f *codec.Frame) []byte {
	head, stamp, tail := f.Parts(codec.XML)
	return append(append(append(dst, head...), stamp...), tail...)
}
func (lineEncoder) AppendClose(dst []byte) []byte { return append(dst, "</open>\n"...) }

func (lineEncoder) Parse([]byte, *codec.Scratch) error { panic("not needed") }

// lines is the coding of most tests.
var lines = coding{
	decoder: func(l *codec.Limits) codec.Decoder { return &lineDecoder{limits: l} },
	encoder: lineEncoder{},
}

// lineFrame makes a Frame that leaves as text and a newline.
func lineFrame(text string) *codec.Frame {
	var b codec.Builder
	f := codec.NewFrame()
	f.Encode(lineEncoder{}, b.Start(atom.NSClient, atom.Body).Text(text).Element())
	return f
}
