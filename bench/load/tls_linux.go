package load

import (
	"crypto/tls"
	"fmt"

	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// tlsWire is TLS on a session. After the handshake the loop reads with it, although crypto/tls knows only how to wait: see socket.
type tlsWire struct {
	socket
	s   *session
	tls *tls.Conn
}

func (s *session) secureTLS() {
	w := &tlsWire{socket: *s.newSocket(), s: s}
	w.tls = tls.Client(&w.socket, s.loop.config.tls(s.index))
	s.secure(w, &w.socket)
}

func (w *tlsWire) handshake() error { return w.tls.Handshake() }

func (w *tlsWire) security() *stream.Security {
	state := w.tls.ConnectionState()
	return &stream.Security{Protocol: tls.VersionName(state.Version), ServerName: state.ServerName, Bindings: func(name string) []byte {
		if name != sasl.TLSExporter {
			return nil
		}
		data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32) // RFC 9266 §2
		if err != nil {
			return nil
		}
		return data
	}}
}

func (w *tlsWire) how() string {
	state := w.tls.ConnectionState()
	return fmt.Sprintf("%s, %s, %v", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite), state.CurveID)
}

func (w *tlsWire) receive() {
	s := w.s
	for s.fd >= 0 && s.wire == w {
		n, err := w.tls.Read(s.loop.plain[:])
		if n > 0 {
			s.receive(s.loop.plain[:n])
		}
		if err == errMore {
			break
		}
		if err != nil {
			s.lost(err)
			return
		}
	}
	if len(w.kept) > 0 {
		s.soil()
	}
}

func (w *tlsWire) seal(dst, p []byte) []byte {
	if len(p) > 0 {
		w.tls.Write(p)
	}
	dst = append(dst, w.kept...)
	w.kept = w.kept[:0]
	return dst
}
