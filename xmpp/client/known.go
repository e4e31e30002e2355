package client

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Known is what a client knows of its account's server from the logins before. The server is held to it: who sits between and takes the better ways to log in
// out of the offer ends the login with ErrDowngrade. The Token and the Offer make the next login short. It is for one account at one server, can be kept
// as JSON, and is as secret as the password. It is read-only here.
type Known struct {
	Mechanism string `json:",omitempty"` // of SASL, that the password was used with: no weaker one gets it (XEP-0438 §5.1)
	SASL2     bool   `json:",omitempty"` // the server has it (XEP-0388): without it there is no login
	Token     *Token `json:",omitempty"` // logs in instead of the password, nil: there is none
	Offer     *Offer `json:",omitempty"` // what the server lets come with the login by Token, nil: it has to say so first
}

// Token logs in without the password (XEP-0484), by one mechanism, and with the Config.AgentID that it was given to. When the server refuses it, Dial uses
// Config.Password, or fails with a *SASLError if that is empty.
type Token struct {
	Mechanism string
	Secret    string
	Expires   time.Time // the server takes it until then; every login may bring a new one
}

// Offer is what a server lets come with a login by SASL2 (XEP-0388 §2.1). With its version a client need not wait for the server to say it again (XEP-0509).
type Offer struct {
	Version string   // "" for an offer without: it has to be waited for
	Scheme  string   `json:",omitempty"` // of Version
	Resume  bool     `json:",omitempty"` // a stream is resumed: XEP-0198 §9.2
	Bind    bool     `json:",omitempty"` // a resource is bound: XEP-0386
	Acks    bool     `json:",omitempty"` // with Bind: XEP-0198 §9.1
	Carbons bool     `json:",omitempty"` // with Bind: XEP-0280
	Tokens  []string `json:",omitempty"` // mechanisms of XEP-0484
}

// Names of XEP-0509.
const (
	nsPipelining    = "urn:xmpp:iap:0"
	configVersion   = "config-version"
	versionMismatch = "config-version-mismatch"
)

var scheme = atom.Lookup([]byte("scheme"))

// readOffer reads the features of a stream; a is the offer of SASL2 among them.
func readOffer(features, a codec.Element) (o Offer) {
	inline := a.Child(atom.NSSASL2, atom.Inline)
	o.Resume = !inline.Child(atom.NSSM, atom.SM).IsZero()
	bind := inline.Child(atom.NSBind2, atom.Bind)
	o.Bind = !bind.IsZero()
	for c := range bind.Child(atom.NSBind2, atom.Inline).Children() {
		if c.Is(atom.NSBind2, atom.Feature) {
			o.Acks = o.Acks || string(c.Attr(atom.Var)) == atom.NSSM.String()
			o.Carbons = o.Carbons || string(c.Attr(atom.Var)) == atom.NSCarbons.String()
		}
	}
	for c := range inline.Child(atom.NSFAST, atom.Fast).Children() {
		if c.Is(atom.NSFAST, atom.Mechanism) {
			o.Tokens = append(o.Tokens, strings.TrimSpace(string(c.Text())))
		}
	}
	if version := childNS(features, nsPipelining, configVersion); !version.IsZero() {
		o.Version, o.Scheme = string(version.Attr(atom.Value)), string(version.Attr(scheme))
	}
	return o
}

// childNS returns the first child with a name that the table of atoms may not have.
func childNS(e codec.Element, ns, name string) codec.Element {
	for c := range e.Children() {
		if string(c.LocalName()) == name && string(c.Namespace()) == ns {
			return c
		}
	}
	return codec.Element{}
}

// strengths are the mechanisms of SASL, the strongest first.
var strengths = sasl.Mechanisms(sasl.ServerConfig{TLS: true, ChannelBindings: []sasl.ChannelBinding{{}}})

// holds reports whether the password may be used with a mechanism, after those it was used with before. One that is not ours is the caller's business.
func (k *Known) holds(mechanism string) bool {
	if k == nil {
		return true
	}
	at, floor := slices.Index(strengths, mechanism), slices.Index(strengths, k.Mechanism)
	return at < 0 || floor < 0 || at <= floor
}

// token returns the token, nil when there is none.
func (k *Known) token() *Token {
	if k == nil {
		return nil
	}
	return k.Token
}

// NewAgentID returns a random UUID for Config.AgentID. A program makes one when it is installed, and keeps it.
func NewAgentID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// isUUID reports whether s has the form of a UUID in lower case (XEP-0388 §8).
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}
