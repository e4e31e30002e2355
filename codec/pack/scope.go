package pack

import "github.com/godwit-im/godwit/codec/atom"

// scope is the stanza that is being coded, one in another perhaps: what its values may be like.
type scope struct {
	id, from, to []byte
	sender       int    // who has sent it
	idKind       uint8  // the kind of the sender's last id, when this is about an id
	talk         uint64 // the hash of the bare JID of the peer
	nested       bool   // it is in another stanza
	trusted      bool   // and the server has put it there
}

// with says whom the stanza is exchanged with: the peer with that index, and the hash h of its address.
func (sc *scope) with(s *side, i uint8, h uint64, r role) {
	sc.talk = h >> resourceBits
	if r&roleFrom != 0 && s.down {
		sc.sender = int(i) + firstPeer
	}
}

// replies reports whether a start is that of a stanza that answers another, and so has its id.
func (s *tagStart) replies() bool {
	for i := range s.attrs {
		if a := &s.attrs[i]; a.value != nil && atom.Atom(wordOf(a.name)) == atom.Type {
			t := textOf(a.value)
			return string(t) == "result" || string(t) == "error"
		}
	}
	return false
}

// roleOf returns the role of an attribute.
func roleOf(stanza bool, name []byte) role {
	switch atom.Atom(wordOf(name)) {
	case atom.From:
		if stanza {
			return roleFrom
		}
	case atom.To:
		if stanza {
			return roleTo
		}
	case atom.ID:
		if stanza {
			return roleID
		}
		return roleRefers
	case atom.By:
		return roleBy
	case atom.H:
		return roleCount
	case atom.Stamp, atom.Since:
		return roleStamp
	case atom.PrevID:
		return roleStream
	}
	return 0
}
