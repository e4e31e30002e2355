package xep

// Extensions that are part of the core: declared here, so that the table names them.
var _ = []Extension{
	add(Extension{Number: 82, Name: "XMPP Date and Time Profiles", Version: "1.1.1", Notes: "`xmpp/im`, `xmpp/xep`"}),
	add(Extension{Number: 106, Name: "JID Escaping", Version: "1.1.1", Notes: "`xmpp/jid`, for tools; never used in comparing"}),
	add(Extension{Number: 138, Name: "Stream Compression", Version: "2.1", Notes: "`codec/compress`: off by default, each stanza for itself"}),
	add(Extension{Number: 160, Name: "Best Practices for Handling Offline Messages", Version: "1.0.1", Notes: "`xmpp/im`: a view of the archive"}),
	add(Extension{Number: 198, Name: "Stream Management", Version: "1.6.3", Notes: "`xmpp/c2s`: acks, durable; resumption, over restarts and crashes of the server too"}),
	add(Extension{Number: 203, Name: "Delayed Delivery", Version: "2.0", Notes: "`xmpp/im`"}),
	add(Extension{Number: 237, Name: "Roster Versioning", Version: "1.3", Notes: "`xmpp/im`"}),
	add(Extension{Number: 334, Name: "Message Processing Hints", Version: "1.0.0", Notes: "`xmpp/stanza`: store, no-store, no-permanent-store"}),
	add(Extension{Number: 359, Name: "Unique and Stable Stanza IDs", Version: "0.7.0", Notes: "`xmpp/im`"}),
	add(Extension{Number: 368, Name: "SRV records for XMPP over TLS", Version: "1.1.0", Notes: "`edge`: direct TLS with ALPN"}),
	add(Extension{Number: 440, Name: "SASL Channel-Binding Type Capability", Version: "1.0.0", Notes: "`xmpp/c2s`"}),
	add(Extension{Number: 478, Name: "Stream Limits Advertisement", Version: "0.2.0", Notes: "`xmpp/c2s`"}),
}
