package xep

import (
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
)

var _ = add(Extension{
	Number: 424, Name: "Message Retraction", Version: "0.4.2",
	Notes: "`xmpp/im`: with tombstones, for one of the last 1,000 messages with the other party",
	Register: func(h *host.Host, _ Config) {
		h.Feature(host.Both, atom.NSRetract.String())
		h.Feature(host.Account, "urn:xmpp:message-retract:1#tombstone")
	},
})
