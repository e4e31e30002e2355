package sasl

import "github.com/godwit-im/godwit/xmpp/jid"

// identify returns the account that a client names on host. It is the only
// place where names become an identity: an authentication identity is a
// localpart of host, and an authorization identity is the bare JID of the same
// account, in any form, or is left out (RFC 6120 §6.3.7, §6.3.8).
//
// It knows nothing of which accounts exist, so its errors tell nothing of that.
func identify(host jid.JID, authcid, authzid string) (jid.JID, error) {
	if authcid == "" {
		return jid.JID{}, errWrong
	}
	account, err := jid.New(authcid, host.Domain(), "")
	if err != nil {
		return jid.JID{}, errWrong
	}
	if authzid == "" {
		return account, nil
	}
	if asked, err := jid.Parse(authzid); err != nil || asked != account {
		return jid.JID{}, fail(InvalidAuthzID, "the authorization identity is not the account's bare JID")
	}
	return account, nil
}
