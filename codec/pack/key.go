package pack

import (
	"bytes"
	"encoding/hex"

	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
)

// keyItem is what the server tells the client of the account's archive: the key of its ids, by which both ends need only say the number of an entry. It is the stored
// form of <ids xmlns='urn:godwit:link:1'>, whose text is the key in hexadecimal.
var keyItem = []byte("\x01\x8A\xC3ids\x0A\xD1urn:godwit:link:1\x01\xE0")

// roomItem is the beginning of the same for a room, which has the room's address behind it as by.
var roomItem = []byte("\x01\x92\xC3ids\x0A\xD1urn:godwit:link:1")

// maxRooms is how many rooms' keys are kept.
const maxRooms = 4

// room is the archive of a room on a server that gives the key of its ids.
type room struct {
	bare uint64 // the hash of its bare JID
	seq  uint64 // of the last entry
	key  archiveid.Key
}

// AppendKey appends the item that tells both ends, as soon as it is packed and unpacked, the key of the ids of the account's archive. Only servers send it, once.
func AppendKey(dst []byte, k *archiveid.Key) []byte {
	dst = append(appendVarint(dst, len(keyItem)+2*len(k)+1), keyItem...)
	return append(hex.AppendEncode(dst, k[:]), contentEnd)
}

// AppendRoomKey appends the item that tells both ends the key of the ids of the archive of a room. Only servers send it, to whom they let see that archive.
func AppendRoomKey(dst, bare []byte, k *archiveid.Key) []byte {
	item := appendLiteral(appendWord(bytes.Clone(roomItem), int(atom.By)), bare)
	item = hex.AppendEncode(append(item, contentText, literal+2*byte(len(k))), k[:])
	item = append(item, contentEnd)
	return append(appendVarint(dst, len(item)), item...)
}

// Known tells one end what the other knows too: the key of the ids of the account's archive. It is to be said at both before anything is packed.
func (s *Session) Known(k *archiveid.Key) { s.ids = k }

// IDs returns that key, nil when it is not known.
func (s *Session) IDs() *archiveid.Key { return s.ids }

// isKey reports whether v is the key that is known, in hexadecimal.
func (s *Session) isKey(v []byte) bool {
	var room [2 * len(archiveid.Key{})]byte
	return s.ids != nil && len(v) == len(room) && bytes.Equal(hex.AppendEncode(room[:0], s.ids[:]), v)
}

// room returns the archive of the room with whose address a stanza has to do, nil when its key is not known.
func (s *Session) room(talk uint64) *room {
	for i := range s.rooms {
		if s.rooms[i].bare == talk {
			return &s.rooms[i]
		}
	}
	return nil
}

// learn looks whether an item from the server is one with a key of ids.
func (s *Session) learn(item []byte, fromServer bool) {
	switch {
	case !fromServer:
	case s.ids == nil && bytes.HasPrefix(item, keyItem):
		if k := new(archiveid.Key); isKeyText(k, item[len(keyItem):]) {
			s.ids = k
		}
	case bytes.HasPrefix(item, roomItem):
		w := walk{b: item[len(roomItem):]}
		if !bytes.Equal(w.name(false), appendWord(nil, int(atom.By))) {
			return
		}
		by := w.str()
		var k archiveid.Key
		if w.bad || w.byte() != contentText || w.byte() != literal+2*byte(len(k)) || !isKeyText(&k, w.b) || len(textOf(by)) == 0 {
			return
		}
		h, _ := hashAddress(bareOf(textOf(by)))
		s.learnRoom(room{bare: h >> resourceBits, key: k})
	}
}

// isKeyText reads a key, which ends an item.
func isKeyText(k *archiveid.Key, text []byte) bool {
	if len(text) != 2*len(k)+1 {
		return false
	}
	_, err := hex.Decode(k[:], text[:2*len(k)])
	return err == nil
}

// learnRoom keeps the key of a room, in the place of the oldest when there are too many.
func (s *Session) learnRoom(r room) {
	switch old := s.room(r.bare); {
	case old != nil:
		*old = r
	case len(s.rooms) < maxRooms:
		s.rooms = append(slack(s.rooms, 1, 0), r)
	default:
		copy(s.rooms, s.rooms[1:])
		s.rooms[maxRooms-1] = r
	}
}
