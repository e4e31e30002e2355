package load

import (
	"fmt"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// linkWire is the link on a session. The first login of an account makes the server prove its key, and uses the password; later ones need neither.
type linkWire struct {
	socket
	s    *session
	keys *linkKeys
	link *link.Session
	part []byte // of a frame that is not whole yet
}

func (s *session) secureLink() {
	w := &linkWire{socket: *s.newSocket(), s: s, keys: &s.loop.config.Keys.link[s.index]}
	s.secure(w, &w.socket)
}

// handshake is that of LINK.md §4: whose certificate it is does not matter here.
func (w *linkWire) handshake() (err error) {
	if w.keys.device == (link.Key{}) {
		if w.keys.device, err = link.NewKey(nil); err != nil {
			return err
		}
	}
	h := link.NewClient(link.ClientConfig{
		Domain: w.s.loop.config.Account(w.s.index).Domain(), Static: w.keys.device, ServerKey: w.keys.server, Dictionary: pack.Dictionary(), Now: time.Now(),
		Verify: func(_, _ []byte) (expires time.Time, err error) { return time.Time{}, nil },
	})
	var buffer [2 << 10]byte
	for {
		n, out, done, err := h.Step(w.part)
		w.part = append(w.part[:0], w.part[n:]...)
		if _, e := w.Write(out); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
		if done {
			w.link = h.Session()
			w.keys.server = w.link.PeerStatic()
			return nil
		}
		if n, err = w.Read(buffer[:]); err != nil {
			return err
		}
		w.part = append(w.part, buffer[:n]...)
	}
}

func (w *linkWire) security() *stream.Security {
	return &stream.Security{
		Protocol: "Noise", ServerName: w.link.Domain(), PeerKey: w.link.PeerStatic(), Proven: w.link.Pattern() == link.IK,
		Bindings: func(name string) []byte {
			if name != "noise-handshake" {
				return nil
			}
			return w.link.HandshakeHash()
		},
	}
}

func (w *linkWire) how() string { return fmt.Sprintf("Noise %v", w.link.Pattern()) }

func (w *linkWire) receive() {
	s := w.s
	n, err := w.Read(s.loop.buffer[:])
	if err != nil && err != errMore {
		s.lost(err)
		return
	}
	p := s.loop.buffer[:n]
	if len(w.part) > 0 {
		w.part = append(w.part, p...)
		p = w.part
	}
	for len(p) > 0 && s.fd >= 0 {
		n, items, err := w.link.OpenItems(p, &s.loop.reads)
		if err != nil {
			s.lost(err)
			return
		}
		if n == 0 {
			break
		}
		p = p[n:]
		s.receive(items)
	}
	w.part = append(w.part[:0], p...) // p may be of part: it moves to the front
}

func (w *linkWire) seal(dst, p []byte) []byte {
	return w.link.AppendItems(dst, p, &w.s.loop.writes)
}
