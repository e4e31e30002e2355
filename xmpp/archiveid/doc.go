// Package archiveid makes and reads the ids of archived messages: what <stanza-id/> (XEP-0359) and queries of an archive (XEP-0313) call an entry.
//
// The store knows an entry by its number in its account's archive, the seq. Its id has to be unique, and nobody may predict it (XEP-0313 §3) or learn
// from it how large the archive is (XEP-0359 §6). So the id is the seq under a [Key] of the account, which is made from the account's address and the [Secret] of the
// store: nothing is kept for an id, and whoever has the Key can make the id of a seq, and find the seq of an id. No Key tells anything about the Secret or the Keys of
// other accounts, so an account's own devices may have theirs.
//
// Every hash here is the beginning, half or less, of a SHA-256 whose input begins with a key of fixed size. Because it is cut it cannot be extended, and needs
// no HMAC. With numbers in big endian and ‖ for what follows:
//
//	key  = SHA-256(secret ‖ bare JID)[:16]     the secret has 32 bytes
//	tag  = SHA-256(key ‖ seq)[:6]              the seq has 8 bytes
//	mask = SHA-256(key ‖ tag)[:6]
//	id   = base64url(tag ‖ (the last 6 bytes of seq ^ mask))
//
// The tag proves that the id is ours, as one in 2⁴⁸ would be by chance, and makes the mask another one for each id. The seq can be read from an id, so no two have the
// same.
package archiveid
