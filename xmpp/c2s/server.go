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
	// MaxUnacked is how many stanzas a client with acks on (XEP-0198) may leave unacked before the session sends no more; 0: 500.
	MaxUnacked int
	// Streams make streams resumable (XEP-0198 §5); nil: they are not.
	Streams *Streams
}

// NewSession returns the machine of one connection.
func (srv *Server) NewSession() stream.Machine { return &Session{srv: srv} }

func (srv *Server) maxUnacked() int {
	if srv.MaxUnacked == 0 {
		return 500
	}
	return srv.MaxUnacked
}

// limits of sessions of h that have logged in.
func limits(h *host.Host) *codec.Limits {
	if h.Limits != nil {
		return h.Limits
	}
	return &codec.DefaultLimits
}
