package c2s

import (
	"slices"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// addCompression offers the methods to compress with (XEP-0138 §2): once, between login and bind (XEP-0170 §2.2).
func (s *Session) addCompression(b *codec.Builder) {
	if len(s.compression()) == 0 || s.login.compressed {
		return
	}
	b.Start(atom.NSCompressFeature, atom.Compression)
	for _, name := range s.compression() {
		b.Start(atom.NSCompressFeature, atom.Method).Text(name).End()
	}
	b.End()
}

// compression returns the methods to compress with: none on the link, which is compact without, and may come to a port that has some.
func (s *Session) compression() []string {
	if s.peer.Link {
		return nil
	}
	return s.srv.Compression
}

// compress takes a client's choice of a method: the stream begins anew, compressed. A choice that cannot be is no end of the stream (XEP-0138 §2).
func (s *Session) compress(e codec.Element, out *stream.Output) {
	method := string(e.Child(atom.NSCompress, atom.Method).Text())
	switch {
	case method == "" || s.login.compressed:
		s.compressFailed(atom.SetupFailed, out)
	case !slices.Contains(s.compression(), method):
		s.compressFailed(atom.UnsupportedMethod, out)
	default:
		out.Send(out.Build().Start(atom.NSCompress, atom.Compressed).Element())
		out.Compress(method)
		out.Restart()
		s.becomeCompressed()
	}
}

// becomeCompressed awaits the header of the compressed stream.
func (s *Session) becomeCompressed() {
	s.state = authenticated
	s.login.compressed = true
}

func (s *Session) compressFailed(condition atom.Atom, out *stream.Output) {
	out.Send(out.Build().Start(atom.NSCompress, atom.Failure).Start(atom.NSCompress, condition).Element())
}

// processingFailed ends a stream whose bytes cannot be decompressed (XEP-0138 §2).
func (s *Session) processingFailed(out *stream.Output) {
	if s.state == authenticated {
		s.sendHeader(out)
	}
	b := out.Build().Start(atom.NSStreams, atom.Error)
	b.Start(atom.NSStreamErrors, atom.UndefinedCondition).End()
	b.Start(atom.NSCompress, atom.Failure).Start(atom.NSCompress, atom.ProcessingFailed)
	out.Send(b.Element())
	s.becomeClosed(out)
}
