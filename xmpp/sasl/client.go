package sasl

import "io"

// ClientConfig is what a client machine knows of the connection. It is not
// changed.
type ClientConfig struct {
	// Offered are all the mechanisms the server offers, in the form of SASL
	// that is used: it proves that they are (XEP-0474). A client that does not
	// want to go below what it used before (XEP-0438 §5.1) takes the others
	// out for [Choose], but not here.
	Offered []string
	// OfferedBindings are the channel binding types the server offers
	// (XEP-0440 §2), all of them; nil if it says nothing.
	OfferedBindings []string
	// ChannelBindings are those this connection has, the strongest first.
	ChannelBindings []ChannelBinding
	// TLS says that the connection is encrypted and the server's identity
	// checked. Without it PLAIN is not used.
	TLS bool
	// SASL2 says that the offer came in the form of XEP-0388.
	SASL2 bool
	// AuthzID is the authorization identity; "" leaves it to the server.
	AuthzID string
	// Keys remembers what was computed of the password for the next exchange;
	// nil: nothing is remembered.
	Keys *ClientKeys
	// Rand is where nonces come from; nil is crypto/rand.
	Rand io.Reader
}

// Client is the client side of one exchange.
type Client struct {
	exchange clientExchange
	binary   bool // challenges are no text
	started  bool
	state    State
}

// clientExchange is what mechanisms do differently.
type clientExchange interface {
	// start returns the initial response.
	start() ([]byte, State)
	// next takes a challenge and returns the response to it.
	next(challenge string) ([]byte, State, error)
}

// NewClient begins an exchange. Username is the localpart of the account, as
// jid.JID.Local has it. A mechanism comes from [Choose], or is one the caller
// insists on.
//
// The error is an [*Error], or ErrPassword.
func NewClient(name, username, password string, cfg ClientConfig) (*Client, error) {
	m, ok := known(name)
	if !ok {
		return nil, fail(InvalidMechanism, "there is no such mechanism")
	}
	if username == "" || !isText(username) || !isText(cfg.AuthzID) {
		return nil, malformed("the user name or the authorization identity is empty or not UTF-8")
	}
	password, ok = preparePassword(password)
	if !ok {
		return nil, ErrPassword
	}
	if m.hash == nil {
		return newPlainClient(username, password, cfg)
	}
	return newScramClient(m, username, password, cfg)
}

// Step takes the server's next challenge and returns the response to it. The
// first call takes nil, or an empty challenge, and returns the initial response.
// For SCRAM the second call is slow: PBKDF2 with the count the server asks for,
// unless the keys are remembered.
//
// At Done the response, if it is not nil, is still to be sent. That the server
// is who it should be and has agreed is known only when [Client.Success] says
// so. The error is an [*Error]; after one, every Step fails.
func (c *Client) Step(challenge []byte) (response []byte, state State, err error) {
	response, c.state, err = c.step(challenge)
	if err != nil {
		response, c.state = nil, Failed
	}
	return response, c.state, err
}

func (c *Client) step(challenge []byte) ([]byte, State, error) {
	switch {
	case !c.started && len(challenge) == 0:
		c.started = true
		response, state := c.exchange.start()
		return response, state, nil
	case !c.started:
		return nil, Failed, aborted("a challenge before the exchange began")
	case c.state != Continue:
		return nil, Failed, aborted("a challenge after the end of the exchange")
	case len(challenge) > maxMessage || !c.binary && !isText(string(challenge)):
		return nil, Failed, aborted("the challenge is not UTF-8 or too long")
	}
	return c.exchange.next(string(challenge))
}

// Success takes the data of <success/>, empty if it has none, and returns nil if
// the exchange has come to its end, which for SCRAM includes that the server
// has proved to know the password's keys. After an error, an [*Error], the
// connection must not be used: its far end is not the account's server.
func (c *Client) Success(data []byte) error {
	if len(data) > 0 {
		if _, _, err := c.Step(data); err != nil {
			return err
		}
	}
	if c.state != Done {
		return aborted("the server claims success before it has proved itself")
	}
	return nil
}

func aborted(reason string) error { return fail(Aborted, reason) }
