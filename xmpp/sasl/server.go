package sasl

import (
	"io"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// State is what a machine needs next.
type State uint8

const (
	// Failed comes with every error: the exchange is over, without success.
	Failed State = iota
	// Continue says: send what Step returned and Step with the answer.
	Continue
	// NeedCredentials says: look up the credentials of Server.Account, call
	// SetCredentials, then Step(nil). Nothing is to be sent.
	NeedCredentials
	// Done says: the exchange succeeded. For a server, what Step returned, if
	// it is not nil, goes into <success/>.
	Done
)

// ServerConfig is what a server machine knows of the host and the connection.
// It is not changed.
type ServerConfig struct {
	// Host is the domain whose accounts log in.
	Host jid.JID
	// Allowed are the mechanisms the host's policy allows; nil means all.
	Allowed []string
	// Hashes are those that the account which the client says it is has keys
	// for: only what works with these is offered. 0 are all.
	Hashes Hashes
	// TLS says that the connection is encrypted, by TLS or the link. Without
	// it PLAIN is refused.
	TLS bool
	// ChannelBindings are those this connection has. They are announced to the
	// client (XEP-0440 §2); with none no -PLUS mechanism is offered.
	ChannelBindings []ChannelBinding
	// Secret is the host's secret for answering about unknown users, at least
	// 16 bytes. It must stay the same over restarts, or a salt that changes
	// tells that there is no account.
	Secret []byte
	// Iterations is the count given for unknown users: that of most accounts.
	// 0 is DefaultIterations.
	Iterations int
	// Rand is where nonces come from; nil is crypto/rand.
	Rand io.Reader
}

const minSecret = 16

// maxMessage bounds a message from the peer, in bytes. It holds three strings
// of 255 bytes (RFC 4616 §2) many times over.
const maxMessage = 8192

// phase is where a Server is.
type phase uint8

const (
	phaseStart  phase = iota // nothing has come
	phaseFirst               // the empty challenge is out
	phaseLookup              // the user is named, the credentials are missing
	phaseReady               // the credentials are there
	phaseFinal               // a challenge is out
	phaseOver                // success or failure
)

// Server is the server side of one exchange.
type Server struct {
	cfg         ServerConfig
	exchange    serverExchange
	phase       phase
	account     jid.JID
	credentials Credentials // the zero value if the user is unknown
	token       string      // that the client has logged in with
}

// serverExchange is what mechanisms do differently.
type serverExchange interface {
	// first reads the first message, which names the user.
	first(message string) (authcid, authzid string, err error)
	// resume goes on when there are credentials: with a challenge, or to the
	// end.
	resume(s *Server) (challenge []byte, state State, err error)
	// final reads the message that ends the exchange and returns the data for
	// <success/>.
	final(message string) (data []byte, err error)
}

// NewServer begins an exchange with the mechanism a client asked for. It refuses
// mechanisms that [Mechanisms] does not list for cfg. The error is an [*Error]
// for the client.
func NewServer(name string, cfg ServerConfig) (*Server, error) {
	if len(cfg.Secret) < minSecret || !cfg.Host.IsDomain() {
		return nil, fail(TemporaryAuthFailure, "the configuration has no host or no secret")
	}
	m, err := offered(name, cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Iterations == 0 {
		cfg.Iterations = DefaultIterations
	}
	s := &Server{cfg: cfg}
	if m.hash == nil {
		s.exchange = &plainServer{}
		return s, nil
	}
	nonce, err := newNonce(cfg.Rand)
	if err != nil {
		return nil, fail(TemporaryAuthFailure, "the source of nonces failed")
	}
	s.exchange = &scramServer{mechanism: m, cfg: &s.cfg, nonce: nonce, offer: m.hash.offered(cfg)}
	return s, nil
}

// Account returns the bare JID the client authenticates as: at NeedCredentials
// the account to look up, after Done the one that is logged in. Before, and
// after a failure to name one, it is zero.
func (s *Server) Account() jid.JID { return s.account }

// Username returns the localpart of Account.
func (s *Server) Username() string { return s.account.Local() }

// Step takes the client's next message and returns the server's. Nil is no
// message: a client that began without an initial response, or the call after
// SetCredentials. An empty message is not nil.
//
// The bytes returned belong to the caller; response is not kept. The error is
// an [*Error]; after one, and after Done, every Step fails.
func (s *Server) Step(response []byte) (challenge []byte, state State, err error) {
	challenge, state, err = s.step(response)
	if err != nil {
		challenge, state = nil, Failed
	}
	if state == Failed || state == Done {
		s.becomeOver()
	}
	return challenge, state, err
}

func (s *Server) step(response []byte) ([]byte, State, error) {
	if len(response) > maxMessage {
		return nil, Failed, malformed("the message is too long")
	}
	switch s.phase {
	case phaseStart:
		if response == nil {
			return s.becomeFirst()
		}
		return s.first(string(response))
	case phaseFirst:
		return s.first(string(response))
	case phaseReady:
		return s.resume(response)
	case phaseFinal:
		data, err := s.exchange.final(string(response))
		return data, Done, err
	case phaseLookup:
		return nil, Failed, malformed("a message while the credentials are looked up")
	}
	return nil, Failed, malformed("a message after the end of the exchange")
}

// first reads the message that names the user.
func (s *Server) first(message string) ([]byte, State, error) {
	authcid, authzid, err := s.exchange.first(message)
	if err != nil {
		return nil, Failed, err
	}
	account, err := identify(s.cfg.Host, authcid, authzid)
	if err != nil {
		return nil, Failed, err
	}
	return s.becomeLookup(account)
}

// resume goes on after SetCredentials.
func (s *Server) resume(response []byte) ([]byte, State, error) {
	if response != nil {
		return nil, Failed, malformed("a message while the credentials are looked up")
	}
	return s.becomeFinal()
}

// SetCredentials gives the machine what the store has for Account. If found is
// false there is no such account, and the exchange goes on as if there were.
// Anywhere but at NeedCredentials it does nothing.
func (s *Server) SetCredentials(c Credentials, found bool) {
	if s.phase != phaseLookup {
		return
	}
	if !found {
		c = Credentials{}
	}
	s.becomeReady(c)
}

func (s *Server) becomeFirst() ([]byte, State, error) {
	s.phase = phaseFirst
	return []byte{}, Continue, nil // RFC 4422 §5, item 2a: an empty challenge
}

func (s *Server) becomeLookup(account jid.JID) ([]byte, State, error) {
	s.phase, s.account = phaseLookup, account
	return nil, NeedCredentials, nil
}

func (s *Server) becomeReady(c Credentials) {
	s.phase, s.credentials = phaseReady, c
}

// becomeFinal lets the mechanism answer; the client's last message is next, if
// one is needed.
func (s *Server) becomeFinal() ([]byte, State, error) {
	s.phase = phaseFinal
	return s.exchange.resume(s)
}

// becomeOver forgets what is secret.
func (s *Server) becomeOver() {
	s.phase, s.credentials, s.exchange = phaseOver, Credentials{}, nil
}
