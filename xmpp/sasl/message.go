package sasl

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// The grammar of RFC 5802 §7. Every function that reads a message has been
// given text (isText).

// value returns what stands after name= in a field; it must be something.
func value(field string, name byte) (string, bool) {
	if len(field) < 3 || field[0] != name || field[1] != '=' {
		return "", false
	}
	return field[2:], true
}

// defined are the attributes that have a place of their own, where they cannot
// be extensions; m is one nobody may use (RFC 5802 §5.1).
const defined = "anmrcsipve"

// areExtensions reports whether fields are optional extensions, which are
// ignored.
func areExtensions(fields []string) bool {
	for _, f := range fields {
		if f == "" || !isAlpha(f[0]) || strings.IndexByte(defined, f[0]) >= 0 {
			return false
		}
		if _, ok := value(f, f[0]); !ok {
			return false
		}
	}
	return true
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isNonce reports whether s is a nonce: printable ASCII without a comma.
func isNonce(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ',' })
}

var nameEscaper = strings.NewReplacer(",", "=2C", "=", "=3D")

// escapeName returns s as a saslname.
func escapeName(s string) string { return nameEscaper.Replace(s) }

// unescapeName reads a saslname, which has no comma. A '=' that does not begin
// =2C or =3D is an error (RFC 5802 §5.1).
func unescapeName(s string) (string, bool) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "=")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), true
		case strings.HasPrefix(after, "2C"):
			b.WriteByte(',')
		case strings.HasPrefix(after, "3D"):
			b.WriteByte('=')
		default:
			return "", false
		}
		s = after[2:]
	}
}

func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// decode64 reads canonical base64 without white space (RFC 5802 §2.1).
func decode64(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\r\n") { // the decoder would skip them
		return nil, false
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	return b, err == nil
}

// The client's channel binding flags (RFC 5802 §7).
const (
	cannotBind = 'n' // the client cannot bind, or not with what is offered
	sawNoOffer = 'y' // the client can, but saw no offer
	binds      = 'p' // the client binds
)

// clientFirst is a client-first-message.
type clientFirst struct {
	gs2     string // the GS2 header with its last comma
	flag    byte   // cannotBind, sawNoOffer or binds
	binding string // the channel binding type, if flag is binds
	authzid string
	authcid string
	nonce   string
	bare    string // the message without the GS2 header
}

// parseClientFirst reads a client-first-message.
func parseClientFirst(message string) (m clientFirst, err error) {
	flag, rest, ok := strings.Cut(message, ",")
	authzid, bare, ok2 := strings.Cut(rest, ",")
	if !ok || !ok2 || !m.setFlag(flag) || !m.setAuthzID(authzid) {
		return m, malformed("the GS2 header is not well-formed")
	}
	m.bare, m.gs2 = bare, message[:len(message)-len(bare)]
	fields := strings.Split(bare, ",")
	if strings.HasPrefix(bare, "m=") {
		return m, malformed("mandatory extensions are not supported")
	}
	name, ok := value(fields[0], 'n')
	if !ok || len(fields) < 2 || !areExtensions(fields[2:]) {
		return m, malformed("the client-first message is not well-formed")
	}
	if m.authcid, ok = unescapeName(name); !ok {
		return m, malformed("the user name is not well-formed")
	}
	if m.nonce, ok = value(fields[1], 'r'); !ok || !isNonce(m.nonce) {
		return m, malformed("the nonce is not well-formed")
	}
	return m, nil
}

// setFlag reads the gs2-cbind-flag.
func (m *clientFirst) setFlag(field string) bool {
	if field == "n" || field == "y" {
		m.flag = field[0]
		return true
	}
	kind, ok := value(field, binds)
	m.flag, m.binding = binds, kind
	return ok && !strings.ContainsFunc(kind, func(r rune) bool {
		return r > '~' || !isAlpha(byte(r)) && (r < '0' || r > '9') && r != '.' && r != '-'
	})
}

// setAuthzID reads the optional authorization identity.
func (m *clientFirst) setAuthzID(field string) bool {
	if field == "" {
		return true
	}
	name, ok := value(field, 'a')
	if ok {
		m.authzid, ok = unescapeName(name)
	}
	return ok
}

// clientFinal is a client-final-message.
type clientFinal struct {
	binding      string // the value of c=, still base64
	nonce        string
	withoutProof string
	proof        []byte
}

// parseClientFinal reads a client-final-message.
func parseClientFinal(message string) (m clientFinal, err error) {
	fields := strings.Split(message, ",")
	last := len(fields) - 1
	if last < 2 || !areExtensions(fields[2:last]) {
		return m, malformed("the client-final message is not well-formed")
	}
	binding, ok := value(fields[0], 'c')
	nonce, ok2 := value(fields[1], 'r')
	proof, ok3 := value(fields[last], 'p')
	if !ok || !ok2 || !ok3 {
		return m, malformed("the client-final message is not well-formed")
	}
	m = clientFinal{binding: binding, nonce: nonce, withoutProof: message[:len(message)-len(fields[last])-1]}
	if m.proof, ok = decode64(proof); !ok {
		return m, malformed("the proof is not base64")
	}
	return m, nil
}

// serverFirst is a server-first-message.
type serverFirst struct {
	nonce      string
	salt       []byte
	iterations int
	offer      string // the hash of what was offered, in base64 (XEP-0474 §6.1); "" for none
}

func (m serverFirst) String() string {
	s := "r=" + m.nonce + ",s=" + encode64(m.salt) + ",i=" + strconv.Itoa(m.iterations)
	if m.offer != "" {
		s += ",h=" + m.offer
	}
	return s
}

// parseServerFirst reads a server-first-message.
func parseServerFirst(message string) (m serverFirst, ok bool) {
	fields := strings.Split(message, ",")
	if len(fields) < 3 || !areExtensions(fields[3:]) {
		return m, false
	}
	nonce, ok := value(fields[0], 'r')
	salt, ok2 := value(fields[1], 's')
	count, ok3 := value(fields[2], 'i')
	if !ok || !ok2 || !ok3 || !isNonce(nonce) {
		return m, false
	}
	m.nonce = nonce
	if m.salt, ok = decode64(salt); !ok {
		return m, false
	}
	for _, f := range fields[3:] {
		if offer, ok := value(f, 'h'); ok {
			m.offer = offer
		}
	}
	n, err := strconv.ParseUint(count, 10, 31)
	m.iterations = int(n)
	return m, err == nil && count[0] != '0'
}

// parseServerFinal reads a server-final-message: the server's signature. A
// server error is not ok.
func parseServerFinal(message string) (signature []byte, ok bool) {
	fields := strings.Split(message, ",")
	v, ok := value(fields[0], 'v')
	if !ok || !areExtensions(fields[1:]) {
		return nil, false
	}
	return decode64(v)
}
