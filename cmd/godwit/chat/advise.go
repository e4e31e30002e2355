package chat

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/client"
)

// advise puts behind an error of a login what may be done about it.
func advise(err error, cfg *Config) error {
	if remedy := remedyFor(err, cfg); remedy != "" {
		return fmt.Errorf("%w: %s", err, remedy)
	}
	return err
}

func remedyFor(err error, cfg *Config) string {
	var (
		login   *client.SASLError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		refusal *link.Refusal
		lookup  *net.DNSError
		record  tls.RecordHeaderError
		network *net.OpError
	)
	switch {
	case errors.As(err, &login) && login.Condition == "not-authorized":
		return fmt.Sprintf("the password is wrong, or there is no account %s", cfg.User)
	case errors.Is(err, client.ErrDowngrade):
		return "if it was changed on purpose, remove the account's file in the folder of --keys"
	case errors.As(err, &unknown):
		return "--ca names the file with the certificate that it comes from"
	case errors.As(err, &name):
		return fmt.Sprintf("it is not for %s, the domain of --user", cfg.User.Domain())
	case errors.As(err, &refusal) && refusal.Reason == link.HostUnknown:
		return fmt.Sprintf("%s is not served there", cfg.User.Domain())
	case errors.As(err, &refusal) && (refusal.Reason == link.UnknownDictionary || refusal.Reason == link.UnsupportedVersion):
		return "the server is of another version: use one of its age, or --transport starttls with its port"
	case errors.As(err, &lookup), errors.Is(err, syscall.ECONNREFUSED):
		return "is the server there? --server names another host:port"
	case errors.As(err, &record), errors.Is(err, io.EOF), errors.As(err, &network) && network.Op == "remote error": // an alert of TLS
		return "does the port speak what --transport says?"
	}
	return ""
}

// passing reports whether what ended a connection, or a login, may be over the next time.
func passing(err error) bool { return client.Temporary(err) || errors.Is(err, errSilent) }

// reason is an error in words for whoever sits at the terminal.
func reason(err error) string {
	var (
		answer *client.StanzaError
		said   *client.StreamError
		system syscall.Errno
	)
	switch {
	case errors.As(err, &answer):
		return strings.TrimSuffix("the server says "+answer.Condition+", "+answer.Text, ", ")
	case errors.As(err, &said) && said.Condition == "system-shutdown":
		return "the server is shutting down"
	case errors.As(err, &system):
		return system.Error()
	}
	return strings.TrimPrefix(err.Error(), "client: ")
}
