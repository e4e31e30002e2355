package client

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// offersCompression reports whether the features have the method that we want, and have not asked for.
func (m *Machine) offersCompression(features codec.Element) bool {
	if m.cfg.Compression == "" || m.login.asked {
		return false
	}
	for method := range features.Child(atom.NSCompressFeature, atom.Compression).Children() {
		if method.Is(atom.NSCompressFeature, atom.Method) && string(method.Text()) == m.cfg.Compression {
			return true
		}
	}
	return false
}

// compress asks for compression (XEP-0138 §2).
func (m *Machine) compress(out *stream.Output) {
	m.login.asked = true
	b := out.Build().Start(atom.NSCompress, atom.Compress)
	out.Send(b.Start(atom.NSCompress, atom.Method).Text(m.cfg.Compression).Element())
	m.becomeCompressing()
}

// compressAnswer is <compressed/> or <failure/>: then we go on without.
func (m *Machine) compressAnswer(e codec.Element, out *stream.Output) {
	switch {
	case e.Is(atom.NSCompress, atom.Compressed):
		out.Restart()
		out.Compress(m.cfg.Compression)
	case e.Is(atom.NSCompress, atom.Failure):
		m.bind(out)
	default:
		m.protocolError(out, e)
	}
}

func (m *Machine) becomeCompressing() { m.state = compressing }
