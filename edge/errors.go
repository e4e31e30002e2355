package edge

import (
	"errors"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// The reasons why the shell itself ends a connection. A machine finds them in the Err of Closed.
var (
	ErrSlowReader  = errors.New("edge: peer does not read what it is sent")
	ErrHeldTooMuch = errors.New("edge: peer sends more than is read")
	ErrHandshake   = errors.New("edge: handshake failed")
	ErrTimeout     = errors.New("edge: peer took too long")
	ErrPlaintext   = errors.New("edge: bytes after the request for TLS")
	ErrProxyHeader = errors.New("edge: no valid PROXY header")
	ErrOverloaded  = errors.New("edge: too much work is waiting")
	ErrPanic       = errors.New("edge: a handler panicked")
	ErrRefused     = errors.New("edge: too many connections from this address")
	ErrGaveWay     = errors.New("edge: all places are taken, and the peer has not logged in for the longest time")
	ErrShutdown    = errors.New("edge: server stopped")
)

// What a machine is told of a peer that asks too much: it has the stream error to answer with. All but the first are about one that has not logged in.
var (
	errFrame            = &codec.Error{Condition: atom.PolicyViolation, Reason: "a frame of the link holds more than the largest stanza may have"}
	errStrangerBytes    = &codec.Error{Condition: atom.PolicyViolation, Reason: "too many bytes before authentication"}
	errStrangerElements = &codec.Error{Condition: atom.PolicyViolation, Reason: "too many elements before authentication"}
	errLoginTimeout     = &codec.Error{Condition: atom.ConnectionTimeout, Reason: "not authenticated in time"}
)
