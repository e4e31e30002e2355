package xep

// Extensions that are part of the core: declared here, so that the table names them.
var _ = []Extension{
	add(Extension{Number: 82, Name: "XMPP Date and Time Profiles", Version: "1.1.1", Notes: "`xmpp/im`, `xmpp/xep`"}),
	add(Extension{Number: 106, Name: "JID Escaping", Version: "1.1.1", Notes: "`xmpp/jid`, for tools; never used in comparing"}),
	add(Extension{Number: 138, Name: "Stream Compression", Version: "2.1", Notes: "`codec/compress`: off by default, each stanza for itself"}),
	add(Extension{Number: 160, Name: "Best Practices for Handling Offline Messages", Version: "1.0.1", Notes: "`xmpp/im`: a view of the archive; what a client has got by XEP-0313 before it is available does not come again"}),
	add(Extension{Number: 198, Name: "Stream Management", Version: "1.6.3", Notes: "`xmpp/c2s`: acks, durable; resumption, over restarts and crashes of the server too, and within a login by SASL2"}),
	add(Extension{Number: 203, Name: "Delayed Delivery", Version: "2.0", Notes: "`xmpp/im`"}),
	add(Extension{Number: 237, Name: "Roster Versioning", Version: "1.3", Notes: "`xmpp/im`"}),
	add(Extension{Number: 297, Name: "Stanza Forwarding", Version: "1.0", Notes: "`xmpp/im`: in carbons; in results of archives"}),
	add(Extension{Number: 308, Name: "Last Message Correction", Version: "1.2.1", Notes: "a correction is archived beside what it corrects"}),
	add(Extension{Number: 334, Name: "Message Processing Hints", Version: "1.0.0", Notes: "`xmpp/stanza`: store, no-store, no-permanent-store; `xmpp/im`: no-copy"}),
	add(Extension{Number: 352, Name: "Client State Indication", Version: "1.0.0", Notes: "`xmpp/c2s`: presences and chat states wait, the last of each sender"}),
	add(Extension{Number: 359, Name: "Unique and Stable Stanza IDs", Version: "0.7.0", Notes: "`xmpp/im`"}),
	add(Extension{Number: 368, Name: "SRV records for XMPP over TLS", Version: "1.1.0", Notes: "`edge`: direct TLS with ALPN"}),
	add(Extension{Number: 386, Name: "Bind 2", Version: "1.1.0", Notes: "`xmpp/c2s`: one session for each user-agent; acks, carbons and the state of the client inline"}),
	add(Extension{Number: 388, Name: "Extensible SASL Profile", Version: "1.0.4", Notes: "`xmpp/c2s`: over TLS and the link; the tasks are those of XEP-0480"}),
	add(Extension{Number: 440, Name: "SASL Channel-Binding Type Capability", Version: "1.0.0", Notes: "`xmpp/c2s`"}),
	add(Extension{Number: 474, Name: "SASL SCRAM Downgrade Protection", Version: "0.5.0", Notes: "`xmpp/sasl`"}),
	add(Extension{Number: 478, Name: "Stream Limits Advertisement", Version: "0.2.0", Notes: "`xmpp/c2s`"}),
	add(Extension{Number: 480, Name: "SASL Upgrade Tasks", Version: "0.2.0", Notes: "`xmpp/c2s`, `xmpp/sasl`: SCRAM, for accounts that lack keys; not with a token"}),
	add(Extension{Number: 484, Name: "Fast Authentication Streamlining Tokens", Version: "0.2.0", Notes: "`xmpp/c2s`, `xmpp/sasl`: not in early data"}),
	add(Extension{Number: 509, Name: "Initial Authentication Pipelining", Version: "0.2.0", Notes: "`xmpp/c2s`"}),
}
