package sidecar

import (
	"bytes"
	"fmt"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// ServerAlive says that a keepalive has come from the server: the client gets white space.
func (r *Relay) ServerAlive(out *Output) {
	if r.opened && r.state == relaying {
		out.Client = append(out.Client, ' ')
	}
}

// Server takes items from the server. An error says that they are none: the link is to be cut.
func (r *Relay) Server(p []byte, out *Output) error {
	for len(p) > 0 && r.state != over {
		n, ev, err := r.items.Decode(p, &r.scratch)
		if err != nil {
			return fmt.Errorf("what the server says: %w", err)
		}
		p = p[n:]
		switch ev {
		case codec.EventOpen:
			r.opened = true
			out.Client = xmltext.Encoder{}.AppendOpen(out.Client, r.scratch.Tree.Root())
		case codec.EventElement:
			r.serverElement(r.scratch.Tree.Root(), out)
		case codec.EventClose:
			out.Client = xmltext.Encoder{}.AppendClose(out.Client)
			out.End, r.state, r.asked = true, over, false
		}
	}
	if !r.asked {
		r.Client(nil, out) // what was held back until the server had answered
	}
	return nil
}

// serverElement takes a first-level element of the server.
func (r *Relay) serverElement(e codec.Element, out *Output) {
	switch {
	case ofTheLink(e):
		return
	case e.Is(atom.NSStreams, atom.Features):
		r.strip()
	case e.NS() == atom.NSSASL:
		r.asked = false
		if e.Name() == atom.Success { // RFC 6120 §6.4.6
			r.opened, r.told = false, false
			r.xml.Restart()
			r.items.Restart()
		}
	case e.Is(atom.NSStreams, atom.Error):
		if other := e.Child(atom.NSStreamErrors, atom.SeeOtherHost); !other.IsZero() {
			out.Place = string(other.Text())
			e = r.build().Start(atom.NSStreams, atom.Error).Start(atom.NSStreamErrors, atom.Reset).Element()
		}
	case e.Is(atom.NSSM, atom.Enabled), e.Is(atom.NSSASL2, atom.Success):
		if enabled := find(e, hasLocation); !enabled.IsZero() {
			out.Place = string(enabled.Attr(atom.Location))
			codec.RemoveAttr(enabled, atom.Location)
		}
	}
	out.Client = xmltext.Encoder{}.AppendElement(out.Client, e)
}

// nsLink is the namespace of what the ends of a link say to each other, which never leaves it (codec/link/LINK.md).
const nsLink = "urn:godwit:link:1"

func ofTheLink(e codec.Element) bool { return string(e.Namespace()) == nsLink }

// hasLocation reports whether e says where a stream should be resumed (XEP-0198 §3; with bind it is within the <success/> of SASL2, XEP-0386 §4).
func hasLocation(e codec.Element) bool {
	return e.Is(atom.NSSM, atom.Enabled) && e.Attr(atom.Location) != nil
}

// strip takes out of the features in the Tree what cannot pass.
func (r *Relay) strip() {
	for {
		e := find(r.scratch.Tree.Root(), ofTheHop)
		if e.IsZero() {
			return
		}
		codec.Remove(e)
	}
}

// ofTheHop reports whether a feature belongs to the server's hop, the link: STARTTLS, compression, and what binds to the channel, whether as SASL (RFC 5802), as
// XEP-0440, or as a token (XEP-0484 §3.1, whose mechanisms end in -NONE when they bind to nothing). A list of mechanisms that is empty then goes too.
func ofTheHop(e codec.Element) bool {
	switch ns := e.NS(); {
	case e.Is(atom.NSTLS, atom.StartTLS), ns == atom.NSCompressFeature, ns == atom.NSSASLCB:
		return true
	case ns != atom.NSSASL && ns != atom.NSSASL2 && ns != atom.NSFAST:
		return false
	case e.Name() == atom.Mechanism && ns == atom.NSFAST:
		return !bytes.HasSuffix(e.Text(), []byte("-NONE"))
	case e.Name() == atom.Mechanism:
		return bytes.HasSuffix(e.Text(), []byte("-PLUS"))
	case e.Name() == atom.Mechanisms, e.Is(atom.NSSASL2, atom.Authentication), ns == atom.NSFAST && string(e.LocalName()) == "fast":
		return e.Child(ns, atom.Mechanism).IsZero()
	}
	return false
}

// find returns the first element within e, e included, that is as wanted, the zero Element when there is none.
func find(e codec.Element, wanted func(codec.Element) bool) codec.Element {
	if wanted(e) {
		return e
	}
	for c := range e.Children() {
		if found := find(c, wanted); !found.IsZero() {
			return found
		}
	}
	return codec.Element{}
}
