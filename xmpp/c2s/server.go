package c2s

import (
	"log/slog"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Server makes the sessions of one listener. It is fixed before the first session.
type Server struct {
	Hosts host.Hosts
	Log   *slog.Logger
	// StartTLS says that the listener can negotiate TLS (RFC 6120 §5).
	StartTLS bool
	// Plaintext lets clients log in without TLS. Only for loopback.
	Plaintext bool
	// Compression names the methods that clients may compress their streams with once they have logged in (XEP-0138), the best first; empty: none.
	Compression []string
	// StrangerLimits are those of clients that have not logged in, as the shell has them; nil: codec.PreAuthLimits.
	StrangerLimits *codec.Limits
	// MaxUnacked is how many stanzas a client with acks on (XEP-0198) may leave unacked before the session sends no more; 0: 500.
	MaxUnacked int
	// Streams make streams resumable (XEP-0198 §5); nil: they are not.
	Streams *Streams
	// MaxHeld is how many presences and chat states are held back from a client that has said that it is inactive (XEP-0352); one more, and all are
	// sent. 0: 100.
	MaxHeld int
	// MaxHeldBytes is how large they may be together, 0: 65,536.
	MaxHeldBytes int
	// Watches are who watches sessions; nil: nobody can.
	Watches *Watches
}

// NewSession returns the machine of one connection.
func (srv *Server) NewSession() stream.Machine { return &Session{srv: srv} }

func (srv *Server) maxUnacked() int {
	if srv.MaxUnacked == 0 {
		return 500
	}
	return srv.MaxUnacked
}

func (srv *Server) maxHeld() int {
	if srv.MaxHeld == 0 {
		return 100
	}
	return srv.MaxHeld
}

func (srv *Server) maxHeldBytes() int {
	if srv.MaxHeldBytes == 0 {
		return 65_536
	}
	return srv.MaxHeldBytes
}

func (srv *Server) strangerLimits() *codec.Limits {
	if srv.StrangerLimits == nil {
		return &codec.PreAuthLimits
	}
	return srv.StrangerLimits
}

// limits of sessions of h that have logged in.
func limits(h *host.Host) *codec.Limits {
	if h.Limits != nil {
		return h.Limits
	}
	return &codec.DefaultLimits
}
