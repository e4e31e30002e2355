package client

import (
	"errors"
	"io"
	"net"
	"slices"
)

// temporary are the conditions of stream errors (RFC 6120 §4.9.3) and of SASL (§6.5) that may be over the next time.
var temporary = []string{
	"system-shutdown", "connection-timeout", "internal-server-error", "resource-constraint", "remote-connection-failed", "reset",
	"temporary-auth-failure",
}

// Temporary reports whether what ended a connection, or a login, may be over the next time: the network, a server that is going or overloaded. Dial again
// then, after a pause that grows from time to time and is not the same for all clients. Anything else wants a person, or another Config.
func Temporary(err error) bool {
	var (
		said    *StreamError
		login   *SASLError
		network net.Error
	)
	switch {
	case errors.As(err, &said):
		return slices.Contains(temporary, said.Condition)
	case errors.As(err, &login):
		return slices.Contains(temporary, login.Condition)
	}
	return errors.Is(err, ErrLost) || errors.Is(err, ErrServerClosed) || errors.Is(err, io.EOF) || errors.As(err, &network)
}
