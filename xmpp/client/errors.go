package client

import (
	"errors"
	"fmt"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// Errors of a connection that are no answer of the server's. What they may be wrapped in says more. Temporary tells those after which another Dial may succeed.
var (
	// ErrClosed is the end by Close or Abort.
	ErrClosed = errors.New("client: the connection was closed here")
	// ErrServerClosed is the end by the server, in order and without an error. Dial again, in a while.
	ErrServerClosed = errors.New("client: the server closed the stream")
	// ErrLost is the end of a connection without that of its stream. Dial again, with Config.Resumption.
	ErrLost = errors.New("client: the connection was lost")
	// ErrNoTLS and ErrTLSFailed are a server without STARTTLS, or somebody between who has taken it away (RFC 6120 §5). DirectTLS may do, at another port.
	ErrNoTLS     = errors.New("client: the server offers no TLS")
	ErrTLSFailed = errors.New("client: the server refused to start TLS")
	// ErrNeedsTLS is for Mode Plain: use another.
	ErrNeedsTLS = errors.New("client: the server insists on TLS")
	// ErrNoMechanism is for a server that offers none of Config.Mechanisms, or none of ours; PLAIN in the clear has to be named.
	ErrNoMechanism = errors.New("client: the server offers no SASL mechanism that may be used here")
	// ErrNoBinding is for Config.NeedBinding.
	ErrNoBinding = errors.New("client: the server offers no channel binding that may be used here")
	// ErrDowngrade is for Config.Known. When the server was changed on purpose, log in without that; whoever uses the program should know.
	ErrDowngrade = errors.New("client: the server offers less than it did before")
	// ErrNoBind is a server that breaks RFC 6120 §7.
	ErrNoBind = errors.New("client: the server offers no resource binding")
	// ErrNoAcks is for methods that need Config.SM, and a server that has it (XEP-0198).
	ErrNoAcks = errors.New("client: acks are off")
	// ErrProtocol is what no server should say. The stream cannot be resumed.
	ErrProtocol = errors.New("client: the server broke the protocol")

	errNotBound = errors.New("client: the login is not done")
)

// StreamError is a stream error of RFC 6120 §4.9, said by the server. It has ended the stream.
// TODO RFC 6120 §4.9.3.19: the address in see-other-host.
type StreamError struct {
	Condition string // §4.9.3, as "conflict"
	Text      string // for people, may be empty
}

// Error implements error.
func (e *StreamError) Error() string { return describe("stream error", e.Condition, e.Text) }

// SASLError is a failed authentication (RFC 6120 §6.5).
type SASLError struct {
	Condition string // §6.5, as "not-authorized"
	Text      string // for people, may be empty
}

// Error implements error.
func (e *SASLError) Error() string { return describe("authentication failed", e.Condition, e.Text) }

// StanzaError is an answer of type error (RFC 6120 §8.3).
type StanzaError struct {
	Type      string // §8.3.2: "auth", "cancel", "continue", "modify" or "wait"
	Condition string // §8.3.3, as "item-not-found"
	Text      string // for people, may be empty
}

// Error implements error.
func (e *StanzaError) Error() string { return describe("stanza error", e.Condition, e.Text) }

func describe(what, condition, text string) string {
	if text == "" {
		return "client: " + what + ": " + condition
	}
	return "client: " + what + ": " + condition + " (" + text + ")"
}

// stanzaError reads the <error/> of a stanza of type error.
func stanzaError(e codec.Element) *StanzaError {
	child := e.Child(atom.NSClient, atom.Error)
	condition, text := conditionIn(child, atom.NSStanzas)
	return &StanzaError{Type: string(child.Attr(atom.Type)), Condition: condition, Text: text}
}

func streamError(e codec.Element) *StreamError {
	condition, text := conditionIn(e, atom.NSStreamErrors)
	return &StreamError{Condition: condition, Text: text}
}

// downgrade is an ErrDowngrade.
func downgrade(had, has string) error {
	return fmt.Errorf("%w: %s then, %s now; somebody may sit between", ErrDowngrade, had, has)
}

func saslError(e codec.Element) *SASLError {
	condition, text := conditionIn(e, atom.NSSASL)
	return &SASLError{Condition: condition, Text: text}
}

// conditionIn returns the defined condition among e's children, "undefined-condition" when there is none, and the text.
func conditionIn(e codec.Element, ns atom.Atom) (condition, text string) {
	condition = atom.UndefinedCondition.String()
	for c := e.First(); !c.IsZero(); c = c.Next() {
		switch {
		case c.NS() != ns:
		case c.Name() == atom.Text:
			text = string(c.Text())
		default:
			condition = string(c.LocalName())
		}
	}
	return condition, text
}
