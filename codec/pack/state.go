package pack

import (
	"bytes"
	"hash/maphash"
	"strings"
	"unsafe"

	"github.com/godwit-im/godwit/codec/archiveid"
)

// Session is what one end of a link keeps of what was said in both directions.
//
// Who writes needs to know whether a value is one of those that both ends know, who reads needs the value: so the tables of what is written have hashes alone, and those of what is
// read have the strings besides. The hashes are keyed with a secret of the process. Those of addresses have 64 bits; that of a bare JID is a part of 40 bits, and
// so many have those of all else.
type Session struct {
	up    bool           // this end is the client's
	ids   *archiveid.Key // of the account's archive; nil: not known
	rooms []room
	own   string
	host  string // the domain that the client has asked for
	echo  []byte // what the client wants to be resumed, by its name
	said  ring   // ids of this end
	heard ring   // ids of the other
	out   side
	in    side
}

// maxKept is the most bytes of a string that is kept.
const maxKept = 128

// NewSession returns the state of one end of a link, the client's or the server's, to the host of a domain.
func NewSession(client bool, domain string) *Session {
	return &Session{up: client, host: domain, in: newSide(client, true), out: newSide(!client, false)}
}

var seed = maphash.MakeSeed()

func hash(b []byte) uint64 { return maphash.Bytes(seed, b) }

// brief is a hash that is kept of many values: an unequal one is taken for the same once in 10¹² times.
type brief [5]byte

func briefOf(b []byte) brief {
	h := hash(b)
	return brief{byte(h >> 24), byte(h >> 32), byte(h >> 40), byte(h >> 48), byte(h >> 56)}
}

// resourceBits are the bits of the hash of an address that are not of its bare JID.
const resourceBits = 24

// hashAddress returns the hash of an address, and whether it is bare.
func hashAddress(jid []byte) (h uint64, bare bool) {
	b := bareOf(jid)
	h = hash(b) >> resourceBits << resourceBits
	if len(b) < len(jid) {
		h |= hash(jid)&(1<<resourceBits-1) | 1
		return h, false
	}
	return h, true
}

// sameBare reports whether two hashes are of addresses with the same bare JID.
func sameBare(a, b uint64) bool { return a>>resourceBits == b>>resourceBits }

// isBare reports whether a hash is that of a bare JID.
func isBare(h uint64) bool { return h&(1<<resourceBits-1) == 0 }

func bareString(jid string) string {
	bare, _, _ := strings.Cut(jid, "/")
	return bare
}

func bareOf(jid []byte) []byte {
	if i := bytes.IndexByte(jid, '/'); i >= 0 {
		return jid[:i]
	}
	return jid
}

// isBareOf reports whether v is the bare JID of a full one.
func isBareOf(v, full []byte) bool {
	return len(v) < len(full) && full[len(v)] == '/' && bytes.Equal(v, full[:len(v)]) && bytes.IndexByte(v, '/') < 0
}

// isDomain reports whether v is the domain of the handshake.
func (s *Session) isDomain(v []byte) bool { return len(v) > 0 && string(v) == s.host }

// resumes notes what a client wants to be resumed, for the server names it in its answer.
func (s *Session) resumes(v []byte) {
	if len(s.echo) == 0 && len(v) <= maxKept {
		s.echo = append(s.echo, v...)
	}
}

// slack returns s with room for so many more bytes, and few besides: these slices are many and small.
func slack[T any](s []T, n, step int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	return append(make([]T, 0, len(s)+n+step), s...)
}

// Size returns how many bytes of memory s takes, with all that it keeps.
func (s *Session) Size() int {
	n := int(unsafe.Sizeof(*s)) + len(s.own) + cap(s.echo) + cap(s.said.b) + cap(s.heard.b) + s.out.size() + s.in.size()
	if s.ids != nil {
		n += len(s.ids)
	}
	return n + cap(s.rooms)*int(unsafe.Sizeof(room{}))
}
