package sasl

import "strings"

// plainServer is the server side of PLAIN (RFC 4616).
type plainServer struct{ password string }

// first reads [authzid] NUL authcid NUL passwd (RFC 4616 §2).
func (p *plainServer) first(message string) (authcid, authzid string, err error) {
	parts := strings.Split(message, "\x00")
	if len(parts) != 3 || parts[1] == "" || parts[2] == "" {
		return "", "", malformed("the PLAIN message has not the parts it must have")
	}
	for _, part := range parts {
		if !isText(part) {
			return "", "", malformed("the PLAIN message is not UTF-8")
		}
	}
	p.password = parts[2]
	return parts[1], parts[0], nil
}

// resume verifies the password. An unknown user's costs the same PBKDF2.
func (p *plainServer) resume(s *Server) ([]byte, State, error) {
	h := s.credentials.verifier()
	k, genuine := s.keysFor(h)
	right := verify(h, k, p.password)
	p.password = ""
	if !right || !genuine {
		return nil, Failed, errWrong
	}
	return nil, Done, nil
}

// final is never reached: resume ends the exchange.
func (p *plainServer) final(string) ([]byte, error) { return nil, errWrong }
