package store

import (
	"bytes"
	"encoding/binary"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// The first byte of every key names its table. KEYS.md specifies the rest to
// the byte, and a golden test holds the two together.
const (
	tableMeta      = 0x01 // 0x01 name: the store's own values
	tableAccount   = 'a'  // a account
	tableCursor    = 'c'  // c account device
	tableDedupe    = 'd'  // d day account hash
	tableEntry     = 'e'  // e account seq
	tableDevice    = 'l'  // l account id
	tableLinkKey   = 'm'  // m key: which device a link key belongs to
	tableCounters  = 'n'  // n account
	tableRoster    = 'r'  // r account contact
	tableSpace     = 's'  // s account space key
	tableStream    = 't'  // t account id
	tableStreamIn  = 'u'  // u account id
	tableStreamOut = 'v'  // v account id
	tableWith      = 'w'  // w account contact's account seq
	tableSecret    = 'x'  // x name
)

// A string inside a key is escaped and terminated, so that the order of keys is
// the order of strings and no encoded string is a prefix of another:
// 0x00 becomes 0x00 0xff, and the end is 0x00 0x01.
const (
	escape     = 0x00
	escapedNul = 0xff
	terminator = 0x01
)

func appendKeyString(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		dst = append(dst, s[i])
		if s[i] == escape {
			dst = append(dst, escapedNul)
		}
	}
	return append(dst, escape, terminator)
}

// cutKeyString decodes the string that key begins with and returns what follows.
func cutKeyString(key []byte) (s, rest []byte, ok bool) {
	i := bytes.IndexByte(key, escape)
	if i >= 0 && i+1 < len(key) && key[i+1] == terminator {
		return key[:i:i], key[i+2:], true
	}
	for i := 0; i+1 < len(key); i++ {
		switch {
		case key[i] != escape:
			s = append(s, key[i])
		case key[i+1] == escapedNul:
			s = append(s, escape)
			i++
		case key[i+1] == terminator:
			return s, key[i+2:], true
		default:
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// appendAccount appends the account part of a key: domain first, so that the
// accounts of one host are neighbours, then the local part. The resource of j
// is not looked at.
func appendAccount(dst []byte, j jid.JID) []byte {
	dst = appendKeyString(dst, j.Domain())
	return appendKeyString(dst, j.Local())
}

// appendContact appends a roster contact: an account and the resource.
func appendContact(dst []byte, j jid.JID) []byte {
	return appendKeyString(appendAccount(dst, j), j.Resource())
}

// cutAccount splits key after its account part, which it returns encoded.
func cutAccount(key []byte) (account, rest []byte, ok bool) {
	_, rest, ok = cutKeyString(key)
	if ok {
		_, rest, ok = cutKeyString(rest)
	}
	if !ok {
		return nil, nil, false
	}
	return key[:len(key)-len(rest)], rest, true
}

// decodeAccount is the inverse of appendAccount. The empty account (of spaces
// that belong to the server) is the zero JID.
func decodeAccount(account []byte) (jid.JID, error) {
	domain, rest, ok1 := cutKeyString(account)
	local, rest, ok2 := cutKeyString(rest)
	if !ok1 || !ok2 || len(rest) != 0 {
		return jid.JID{}, corruptf("account %x in a key", account)
	}
	if len(domain) == 0 && len(local) == 0 {
		return jid.JID{}, nil
	}
	s := domain
	if len(local) > 0 {
		s = append(append(append([]byte(nil), local...), '@'), domain...)
	}
	j, err := jid.ParseBytes(s)
	if err != nil {
		return jid.JID{}, corruptf("account %q in a key: %v", s, err)
	}
	return j, nil
}

// accountKey is table, account and nothing else: the key of an account's only
// record in that table, and the prefix of all its keys in the others.
func accountKey(dst []byte, table byte, j jid.JID) []byte {
	return appendAccount(append(dst, table), j)
}

func entryKey(dst []byte, account []byte, seq uint64) []byte {
	dst = append(append(dst, tableEntry), account...)
	return binary.BigEndian.AppendUint64(dst, seq)
}

// withPrefix is what the index keys of an archive's entries with one contact begin with: only its account counts.
func withPrefix(dst []byte, account []byte, with jid.JID) []byte {
	return appendAccount(append(append(dst, tableWith), account...), with)
}

func withKey(dst []byte, account []byte, with jid.JID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(withPrefix(dst, account, with), seq)
}

func cursorKey(dst []byte, account []byte, device string) []byte {
	dst = append(append(dst, tableCursor), account...)
	return appendKeyString(dst, device)
}

func dedupeDayKey(dst []byte, day uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, tableDedupe), day)
}

func dedupeKey(dst []byte, day uint32, account []byte, hash dedupeHash) []byte {
	dst = append(dedupeDayKey(dst, day), account...)
	return append(dst, hash[:]...)
}

func deviceKey(dst []byte, account jid.JID, id string) []byte {
	return appendKeyString(accountKey(dst, tableDevice, account), id)
}

func linkKey(dst []byte, key [32]byte) []byte {
	return append(append(dst, tableLinkKey), key[:]...)
}

func rosterKey(dst []byte, owner, contact jid.JID) []byte {
	return appendContact(accountKey(dst, tableRoster, owner), contact)
}

func spaceKey(dst []byte, space string, account jid.JID, key []byte) []byte {
	dst = appendKeyString(accountKey(dst, tableSpace, account), space)
	return append(dst, key...)
}

func streamKey(dst []byte, table byte, account jid.JID, id StreamID) []byte {
	return append(accountKey(dst, table, account), id[:]...)
}

func secretKey(dst []byte, name string) []byte {
	return appendKeyString(append(dst, tableSecret), name)
}

func metaKey(dst []byte, name string) []byte {
	return append(append(dst, tableMeta), name...)
}

// prefixEnd returns the first key after all keys that begin with prefix, which
// must not be all 0xff.
func prefixEnd(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
