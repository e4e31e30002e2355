package pack

// The kinds of values: the symbols of class slot below wordBase. Above it are the words of the table, and behind them the strings of the model.
const (
	kindWord     = iota // a word that the slot seldom has
	kindText            // free text
	kindSameID          // as the stanza's id
	kindSameFrom        // as its from, as its to, or as the bare JIDs of these
	kindSameTo
	kindSameFromBare
	kindSameToBare
	kindOwn // the account's full JID, as it came first; its bare JID, its domain
	kindOwnBare
	kindOwnDomain
	kindNewOwn   // a JID that is the account's from now on
	kindPeer     // an address of the table
	kindPeerBare // the bare JID of one of the table, which is not there itself
	kindPeerNew  // another resource of one of the table
	kindNewPeer  // an address that the table has from now on
	kindNext     // the sender's stem with a higher number
	kindStem     // a stem, which is the sender's from now on, and a number
	kindMine     // the other end's stem with a number
	kindHeard    // an id that the other end has sent, and heard of that it came
	kindSaid     // an id that this end has sent
	kindArchive  // the id of an entry of the account's archive
	kindRoom     // the id of an entry of the archive of the room that the stanza is from
	kindJoined   // a frequent beginning, and something behind it
	kindUUID     // a random UUID (RFC 9562) in lower case, in upper case
	kindUUIDUpper
	kindHex // hexadecimal in lower case, in upper case
	kindHexUpper
	kindBase64    // base64 with padding (RFC 4648 §4)
	kindBase64URL // characters of base64url, without padding
	kindNumber    // a decimal number
	kindStamp     // a time (XEP-0082)
	kindCount     // of stanzas (XEP-0198), from the last one on
	kindJID       // another JID
	kindKey       // the key of the archive's ids, as it is known
	kindEcho      // the stream that the other end wanted to be resumed
	nKinds
)

const wordBase = 64

// What the lengths and small numbers are of, each with a list of its own.
const (
	lenHex = iota
	lenBase64
	lenBase64URL
	lenNumber
	lenStamp
	lenStampBack
	lenFraction
	lenCount
	lenHeard
	lenRank
	lenNext
	lenMine
	lenArchive
	lenArchiveBack
	lenRemember
	lenAttrs
	lenRaw
	lenJID
	lenSep
	lenStem
	lenKin
	lenRoom
	lenRoomBack
	lenLong
	lenLocal
	lenPlace
	nLens
)

// longSize is the first of the sizes that no list has.
const longSize = 63

// Slots that belong to no tag.
const (
	slotUnknown  = iota // of an attribute of an element that the model does not know
	slotText            // its text
	slotDomain          // the domain of a JID
	slotResource        // its resource
	slotStem            // what an id begins with
	slotTail            // what is behind a frequent beginning
	slotBase
)

// wordBits are the bits of the number of a word, or string of the model.
const wordBits = 11
