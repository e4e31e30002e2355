// Package sasl holds both sides of the SASL mechanisms (RFC 4422) that XMPP
// uses with passwords: SCRAM with SHA-1, SHA-256 and SHA-512 (RFC 5802,
// RFC 7677), each with and without channel binding (-PLUS), and PLAIN
// (RFC 4616).
//
// [Server] and [Client] are pure machines: messages in, messages out. They read
// no clock, open no store, start no goroutine. A machine belongs to one
// exchange and to one goroutine at a time. Base64, XML and the limit on failed
// attempts are the caller's.
//
// # Server
//
//	s, err := sasl.NewServer(mechanism, cfg)
//	challenge, state, err := s.Step(initialResponse)
//	// state NeedCredentials: look up s.Account()
//	s.SetCredentials(c, found)
//	challenge, state, err = s.Step(nil)
//	// state Continue: send challenge, Step with the response
//	// state Done: s.Account() is authenticated; send <success/> with challenge
//	// err != nil: send <failure/> with err.(*sasl.Error).Condition
//
// The Step that follows SetCredentials is slow for PLAIN, which is sent through
// PBKDF2: milliseconds. Together with the lookup it belongs off the loop. Every
// other Step takes microseconds.
//
// An unknown user, one whose credentials lack the mechanism's hash, and a wrong
// password are answered alike: with a salt that stays the same for the name, the
// same iteration count, after the same work, with the same error. This needs
// the caller to go on with SetCredentials(Credentials{}, false) and not to
// answer by itself. Whether an account is disabled or its password has expired
// is looked at after Done, so that only its owner learns it.
//
// # Identity
//
// A user name is a localpart of [ServerConfig.Host] and is prepared as such
// (RFC 8265 UsernameCaseMapped); it must not contain the domain. An
// authorization identity must be the bare JID of the same account or be left
// out (RFC 6120 §6.3.8). The machine itself checks this, in one place for all
// mechanisms, and has only one identity to offer afterwards: [Server.Account].
//
// # Passwords
//
// Passwords are prepared with OpaqueString (RFC 8265 §4.2). The SASLprep that
// RFC 5802 asks for gives the same for ASCII, for text in NFKC without
// characters that are mapped to nothing, and for spaces. It differs for
// compatibility characters (SASLprep makes an "a" of U+00AA) and soft hyphens
// (it drops them): someone with such a password has to use clients that prepare
// it in one way. What is stored of a password is [Credentials].
//
// # Channel binding
//
// The caller provides channel bindings by name: "tls-exporter" (RFC 9266),
// "tls-server-end-point" (RFC 5929) or one of its own. Where there is one, -PLUS
// mechanisms are offered, and a client that says it could bind but saw no offer
// is refused, because somebody took the offer away (RFC 5802 §6). The server
// announces the types in its features (XEP-0440), as [AnnouncedBindings] tells;
// [Choose] follows the rules there for clients.
//
// What was offered is part of what both sides prove (XEP-0474), so that a
// mechanism or a binding that was taken out of the offer is missed.
//
// # Keys for one hash only
//
// [NewCredentials] makes keys for every hash. An account that came from another
// server may have them for one only ([ParseKeys]), and nothing but the password
// makes more. So such an account is offered the mechanisms that it has keys for
// ([ServerConfig.Hashes]), and its clients bring the keys that are missing when
// they log in (XEP-0480): [UpgradeTasks] are what they can bring, [Upgrade] and
// [SaltedPassword] are the two sides of that.
//
// What an account is offered shows that it exists, as long as keys are missing,
// to who names it in the header of a stream. An account with all keys and one
// that does not exist are offered the same. Who changes that name on the way
// changes the offer, and both sides prove the changed one: the caller has to
// refuse a login to another account than the offer was made for, before the
// client proves anything.
//
// # Tokens
//
// [NewTokenServer] and [NewTokenClient] are for the mechanisms HT-SHA-256-*,
// by which a client logs in with a token that the server gave it (XEP-0484). They
// are not in the list of mechanisms, but in one of their own.
//
// TODO XEP-0515 §4.1: the TLS version, as attribute t of the same message.
package sasl
