package sasl

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
)

// htMechanism is a mechanism for tokens (draft-schmaus-kitten-sasl-ht-09 §2): who has the token proves it with one message, and gets one back that
// proves the same.
type htMechanism struct {
	name    string
	binding string // the channel binding type, "" for none
}

// htMechanisms has the strongest first.
var htMechanisms = []htMechanism{
	{"HT-SHA-256-EXPR", TLSExporter},
	{"HT-SHA-256-ENDP", TLSServerEndPoint},
	{"HT-SHA-256-NONE", ""},
}

// MaxTokens is how many tokens an account's client may have at once (XEP-0484 §5.1).
const MaxTokens = 2

// TokenMechanisms returns the names of the mechanisms for tokens (XEP-0484 §3.1) to offer on a connection, the strongest first: those cfg allows, each
// with a channel binding only where the connection has it, and none where the connection is not encrypted. [NewTokenServer] accepts these and no others.
func TokenMechanisms(cfg ServerConfig) []string {
	var names []string
	for _, m := range htMechanisms {
		if _, _, err := offeredHT(m.name, cfg); err == nil {
			names = append(names, m.name)
		}
	}
	return names
}

// IsTokenMechanism reports whether name is a mechanism for tokens.
func IsTokenMechanism(name string) bool {
	return slices.ContainsFunc(htMechanisms, func(m htMechanism) bool { return m.name == name })
}

// offeredHT returns the mechanism of that name with its binding, or why cfg does not offer it.
func offeredHT(name string, cfg ServerConfig) (m htMechanism, b ChannelBinding, err error) {
	i := slices.IndexFunc(htMechanisms, func(m htMechanism) bool { return m.name == name })
	switch {
	case i < 0:
		return m, b, fail(InvalidMechanism, "there is no such mechanism for tokens")
	case cfg.Allowed != nil && !slices.Contains(cfg.Allowed, name):
		return m, b, fail(MechanismTooWeak, "the host does not allow the mechanism")
	case !cfg.TLS:
		return m, b, fail(EncryptionRequired, "tokens are for encrypted connections only") // XEP-0484 §6
	}
	if m = htMechanisms[i]; m.binding == "" {
		return m, b, nil
	}
	b, ok := find(cfg.ChannelBindings, m.binding)
	if !ok {
		return m, b, fail(InvalidMechanism, "the connection has not the channel binding")
	}
	return m, b, nil
}

// NewTokenServer is NewServer for a mechanism of [TokenMechanisms]. At NeedCredentials it wants SetTokens in place of SetCredentials.
func NewTokenServer(name string, cfg ServerConfig) (*Server, error) {
	if len(cfg.Secret) < minSecret || !cfg.Host.IsDomain() {
		return nil, fail(TemporaryAuthFailure, "the configuration has no host or no secret")
	}
	_, b, err := offeredHT(name, cfg)
	if err != nil {
		return nil, err
	}
	return &Server{cfg: cfg, exchange: &htServer{binding: string(b.Data)}}, nil
}

// SetTokens gives the machine the tokens that the account's client may use with the mechanism, at most MaxTokens; none when there is no such account, no
// such client, or no token: the exchange goes on as if there were. Anywhere but at NeedCredentials it does nothing.
func (s *Server) SetTokens(tokens []string) {
	if x, ok := s.exchange.(*htServer); ok && s.phase == phaseLookup {
		x.tokens = tokens
		s.phase = phaseReady
	}
}

// Token returns the token that the client has logged in with, after Done.
func (s *Server) Token() string { return s.token }

// htServer is the server side of a mechanism for tokens.
type htServer struct {
	binding string
	proof   string // what the client has sent
	tokens  []string
}

// first reads authcid NUL HMAC(token, "Initiator" || cb-data).
func (x *htServer) first(message string) (authcid, authzid string, err error) {
	authcid, proof, ok := strings.Cut(message, "\x00")
	if !ok || len(proof) != sha256.Size || authcid == "" || !isText(authcid) {
		return "", "", malformed("the message with the hashed token has not the parts it must have")
	}
	x.proof = proof
	return authcid, "", nil
}

// resume compares the proof with that of each token. It always compares with as many, and takes as long.
func (x *htServer) resume(s *Server) ([]byte, State, error) {
	var tokens [MaxTokens]string
	genuine := copy(tokens[:], x.tokens)
	for i := genuine; i < len(tokens); i++ {
		tokens[i] = string(s.secretFor("token", hashSHA256))
	}
	found := -1
	for i, t := range tokens {
		if subtle.ConstantTimeCompare(hashToken(t, "Initiator", x.binding), []byte(x.proof)) == 1 && i < genuine && found < 0 {
			found = i
		}
	}
	if found < 0 {
		return nil, Failed, errWrong
	}
	s.token = tokens[found]
	return hashToken(s.token, "Responder", x.binding), Done, nil
}

// final is never reached: resume ends the exchange.
func (x *htServer) final(string) ([]byte, error) { return nil, errWrong }

// hashToken returns HMAC(token, who || cb-data).
func hashToken(token, who, binding string) []byte {
	m := hmac.New(sha256.New, []byte(token))
	m.Write([]byte(who))
	m.Write([]byte(binding))
	return m.Sum(nil)
}

// NewTokenClient is NewClient for a mechanism for tokens: token is what the server has given. Only cfg's ChannelBindings and TLS count.
func NewTokenClient(name, username, token string, cfg ClientConfig) (*Client, error) {
	_, b, err := offeredHT(name, ServerConfig{TLS: cfg.TLS, ChannelBindings: cfg.ChannelBindings})
	if err != nil {
		return nil, err
	}
	if username == "" || !isText(username) || token == "" {
		return nil, malformed("the user name or the token is empty or not UTF-8")
	}
	return &Client{exchange: &htClient{username, token, string(b.Data)}, binary: true}, nil
}

// htClient is the client side of a mechanism for tokens.
type htClient struct{ username, token, binding string }

func (x *htClient) start() ([]byte, State) {
	return append([]byte(x.username+"\x00"), hashToken(x.token, "Initiator", x.binding)...), Continue
}

// next checks that the server has the token too.
func (x *htClient) next(challenge string) ([]byte, State, error) {
	if subtle.ConstantTimeCompare(hashToken(x.token, "Responder", x.binding), []byte(challenge)) != 1 {
		return nil, Failed, aborted("the server does not have the token")
	}
	return nil, Done, nil
}
