package link

import (
	"crypto/x509"
	"io"
	"time"

	"github.com/godwit-im/godwit/codec/archiveid"
)

// ServerConfig is what the servers of one port share. It is read-only while in use, and its functions are called within
// Handshake.Step, from any goroutine.
type ServerConfig struct {
	// Static is the server's key pair.
	Static Key
	// Dictionary names the words and models that both ends must have alike: pack.Dictionary().
	Dictionary [DictionarySize]byte
	// Statement returns the statement (SignStatement) that proves Static to clients of domain, which is as DNS writes it. It should be cached. An error
	// means that the domain is not served here. The domain is empty when nobody can read which one the client means: then it is that of the only host, and
	// an error where there are several.
	Statement func(domain string) ([]byte, error)
	// Known decides whether a client that holds this static key may use IK for domain; with another the handshake falls back to XX. It may wait
	// for the store. Nil lets everybody: the key is then looked up later, by Session.PeerStatic.
	Known func(peerStatic []byte, domain string) bool
	// Home returns the domain of the account that the device with this static key is registered for, as DNS writes it: that is meant by a client that names none with IK. It is
	// not ok when the key is nobody's; then the handshake falls back to XX. It may wait for the store. Nil knows no device.
	Home func(peerStatic []byte) (domain string, ok bool)
	// Fresh decides whether what a client says with the first message of IK is taken: whether counter is greater than any before with this static key, for domain. From then
	// on it is the greatest, and is so on disk before Fresh returns: the message can be replayed. It may wait. With it comes the key of the ids of the account's archive,
	// which the client knows too. Nil takes nothing.
	Fresh func(peerStatic []byte, domain string, counter uint64) (ids archiveid.Key, fresh bool)
	// Route is the routing token, at most MaxRoute bytes, that clients are to send in front of all at the next attempt, for a balancer: the name or address of this node,
	// say. It is sent in clear, and anybody can send it: it should tell nothing. Empty: none.
	Route []byte
	// Padding hides lengths of what is sent.
	Padding Padding
	// Random is the source of the ephemeral keys; nil is crypto/rand.
	Random io.Reader
}

// ClientConfig is one client's wish.
type ClientConfig struct {
	// Domain is the wanted host, as DNS and certificates write it (internationalised names in ASCII form, all in lower case).
	Domain string
	// Static is the device's key pair.
	Static Key
	// Relay says that the stream on the link begins elsewhere: this end only passes on what another client says, over another channel, to this one. So
	// Static is nobody's device, and no login can be bound to this channel.
	Relay bool
	// ServerKey is the server's static public key when it is known from an earlier handshake: the pattern is IK then, or XXfallback when the server has
	// another key by now; otherwise XX. Session.Pattern tells.
	ServerKey []byte
	// Dictionary names the words and models that both ends must have alike: pack.Dictionary().
	Dictionary [DictionarySize]byte
	// Early are items of the compact coding to be said with the first message, when that is of IK; the first is the header of the stream. They are not sent when they are too many,
	// and not taken with XXfallback (Handshake.EarlyTaken).
	Early []byte
	// Counter is greater than that of any attempt before with Early and this static key.
	Counter uint64
	// IDs is the key of the ids of the account's archive, which the server has said on an earlier link with this static key (Session.IDs). It must be set with Early. With it
	// Domain is not sent with IK: the server knows whose device this is. Static must be that of one account then.
	IDs *archiveid.Key
	// Route is the routing token that the server gave last (Handshake.Route), empty for none.
	Route []byte
	// Padding hides lengths of what is sent, also of what is said early.
	Padding Padding
	// Roots are the authorities that the server's certificate must come from; nil are the system's.
	Roots *x509.CertPool
	// Now is the time by which certificates and statements are judged. It must be set, for XX can come of IK.
	Now time.Time
	// Verify replaces the check of the server's statement: it says whether serverKey may be trusted (a pinned key, say), and until when.
	// Nil is VerifyStatement.
	Verify func(serverKey, statement []byte) (expires time.Time, err error)
	// Random is the source of the ephemeral keys; nil is crypto/rand.
	Random io.Reader
}
