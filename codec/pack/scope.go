package pack

import "github.com/godwit-im/godwit/codec/atom"

// scope is the stanza that is being coded, one in another perhaps: what its values may be like.
type scope struct {
	id, from, to []byte
	sender       *peer  // nil: nobody that the tables know
	talk         uint64 // the hash of the bare JID of the peer
	nested       bool   // it is in another stanza
	trusted      bool   // and the server has put it there
}

// with says whom the stanza is exchanged with.
func (sc *scope) with(p *peer, r role) {
	sc.talk = p.address >> resourceBits
	if r&roleFrom != 0 {
		sc.sender = p
	}
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
