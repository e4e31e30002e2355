// Package jid holds XMPP addresses as RFC 7622 defines them.
//
// An address, a JID, is localpart@domainpart/resourcepart. Only the domainpart
// is required. "juliet@example.com" is a bare JID, an account or a room;
// "juliet@example.com/balcony" is a full JID, one connection or occupant;
// "example.com" is a domain.
//
// A [JID] can only be made by this package and is always canonical: every part
// has been mapped and checked, so that two addresses are the same exactly if
// the values are ==. A JID is a small value (24 bytes) over one immutable
// string: copy it, compare it, use it as a map key, share it between
// goroutines. The parts, [JID.Bare] and [JID.DomainJID] are substrings and
// keep that string alive; to hold a bare JID for long, clone it.
//
// # Canonical form
//
//   - localpart: the UsernameCaseMapped profile of PRECIS (RFC 8265 §3.3: width
//     folding, lower case, NFC, bidi rule) without " & ' / : < > @ (RFC 7622
//     §3.3.1);
//   - domainpart: IDNA2008 U-labels in lower case and NFC, without a final dot
//     (RFC 7622 §3.2), or an IP literal, which is written as RFC 5952 says;
//   - resourcepart: the OpaqueString profile of PRECIS (RFC 8265 §4.2: spaces
//     become U+0020, NFC; case matters).
//
// Each part is at most [MaxPart] bytes in this form. A mapping whose output it
// would map again is repeated up to three times, then refused (RFC 8264 §7):
// parsing the text of a JID always gives that JID.
//
// # Choices
//
// A resourcepart may begin with a space. Example 18 of RFC 7622 §3.5 says
// otherwise, but OpaqueString allows it and erratum 4560 withdraws the example.
//
// The domainpart is mapped more generously than IDNA2008 asks (UTS #46, as
// RFC 7622 §4 encourages) and then held to IDNA2008: symbols and emoji are
// refused, A-labels become U-labels and internationalised labels must fit the
// 63 bytes of DNS in their ASCII form. Plain ASCII labels are not measured; DNS
// does that. Underscores are refused, IPvFuture literals too: nothing has such
// an address.
//
// # Speed
//
// An ASCII address that is already canonical, which is nearly every address,
// is recognised by one pass over a table: [Parse] keeps the string it is given
// and allocates nothing, [ParseBytes] allocates the string. Everything else
// takes the slow way through golang.org/x/text and golang.org/x/net/idna, whose
// input is bounded first.
//
// JID escaping (XEP-0106) is in [Escape] and [Unescape]; it is for showing
// addresses to people and for gateways, and has no part in comparison.
package jid
