package client

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// receive handles an element on a bound stream.
func (m *Machine) receive(in *stream.Input, out *stream.Output) {
	switch e := in.Element; {
	case e.NS() == atom.NSSM:
		m.management(in.Now, e, out)
	case !isStanza(e): // RFC 6120 §4.9.3.24 lets us complain; nothing is won by it
	case e.Name() == atom.IQ:
		m.count()
		if !m.archived(in.Now, e, out) {
			m.iq(e, out)
		}
	case e.Name() == atom.Message:
		m.count()
		if !m.collected(e) {
			m.message(e)
		}
	default:
		m.count()
		m.app.Stanza(e)
	}
}

// count counts a stanza before the application sees it.
func (m *Machine) count() {
	if m.acks.on {
		m.acks.received++
	}
}

// iq handles an IQ: an answer goes to the one who asked, a request is answered here or by the application.
func (m *Machine) iq(e codec.Element, out *stream.Output) {
	switch atom.Lookup(e.Attr(atom.Type)) {
	case atom.Result, atom.Error:
		if !m.answered(e) {
			m.app.Stanza(e)
		}
	default:
		m.request(e, out)
	}
}
