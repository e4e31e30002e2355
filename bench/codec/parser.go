package codec

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// The names of the parsers that [Child] knows.
const (
	Godwit      = "godwit"
	EncodingXML = "encoding/xml"
)

// input is a stream in memory and where its pieces end.
type input struct {
	stream []byte
	ends   []int
}

// parser is something that reads a stream. open makes a fresh one, read uses it up; it calls opened, if there is one, after the stream's header.
type parser interface {
	open(in *input)
	read(opened func()) (Counts, error)
}

// newParser returns a parser, and the version to report.
func newParser(name string) (p parser, version string, err error) {
	switch name {
	case Godwit:
		return new(decoder), "", nil
	case EncodingXML:
		return new(tokens), runtime.Version(), nil
	}
	return nil, "", fmt.Errorf("there is no parser %q", name)
}

var errUnfinished = errors.New("the stream has no end")

// decoder is ours. The scratch is the loop's and outlives the streams.
type decoder struct {
	scratch codec.Scratch
	d       *xmltext.Decoder
	in      *input
}

func (p *decoder) open(in *input) { p.d, p.in = xmltext.NewDecoder(nil), in }

func (p *decoder) read(opened func()) (c Counts, err error) {
	at, last := 0, codec.EventNone
	for _, end := range p.in.ends {
		p.scratch.Hold(p.in.stream[at:end]) // as a loop does with what it has read
		for at < end {
			n, ev, err := p.d.Decode(p.in.stream[at:end], &p.scratch)
			if err != nil {
				return c, err
			}
			switch ev {
			case codec.EventOpen:
				c.walk(&p.scratch.Tree)
				if opened != nil {
					opened()
				}
			case codec.EventElement:
				c.Stanzas++
				c.walk(&p.scratch.Tree)
			}
			at, last = at+n, ev
		}
	}
	p.scratch.Hold(nil)
	if last != codec.EventClose {
		return c, errUnfinished
	}
	return c, nil
}

// tokens is encoding/xml. It reads from a reader that returns one piece at a time.
type tokens struct {
	d     *xml.Decoder
	in    *input
	at, i int // the next byte, and its piece
}

func (p *tokens) open(in *input) {
	*p = tokens{in: in}
	p.d = xml.NewDecoder(p)
}

// Read implements io.Reader.
func (p *tokens) Read(b []byte) (int, error) {
	if p.i == len(p.in.ends) {
		return 0, io.EOF
	}
	n := copy(b, p.in.stream[p.at:p.in.ends[p.i]])
	if p.at += n; p.at == p.in.ends[p.i] {
		p.i++
	}
	return n, nil
}

func (p *tokens) read(opened func()) (c Counts, err error) {
	for depth := 0; ; {
		token, err := p.d.Token()
		if err == io.EOF && depth == 0 {
			return c, nil
		}
		if err != nil {
			return c, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch depth++; {
			case depth == 1 && opened != nil:
				opened()
			case depth == 2:
				c.Stanzas++
			}
			c.Elements++
			for i := range token.Attr {
				if name := &token.Attr[i].Name; name.Space != "xmlns" && (name.Space != "" || name.Local != "xmlns") {
					c.Attributes++
				}
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			c.Text += int64(len(token))
		}
	}
}
