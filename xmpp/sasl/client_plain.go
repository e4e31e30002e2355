package sasl

// plainClient is the client side of PLAIN (RFC 4616).
type plainClient struct{ message string }

func newPlainClient(username, password string, cfg ClientConfig) (*Client, error) {
	if !cfg.TLS {
		return nil, fail(EncryptionRequired, "the mechanism sends the password and the connection is not encrypted")
	}
	return &Client{exchange: &plainClient{cfg.AuthzID + "\x00" + username + "\x00" + password}}, nil
}

// start sends everything there is.
func (p *plainClient) start() ([]byte, State) { return []byte(p.message), Done }

// next is never reached: start ends the exchange.
func (p *plainClient) next(string) ([]byte, State, error) {
	return nil, Failed, aborted("PLAIN has no challenges")
}
