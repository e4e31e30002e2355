package corpus

// presence is what somebody's client says of itself.
func (w *writer) presence() {
	client := pick(w, clients)
	w.open("presence", "from", w.full(), "to", w.either(30), "xml:lang", pick(w, languages), "id", w.id())
	if w.chance(40) {
		w.leaf("show", pick(w, []string{"away", "away", "xa", "dnd", "chat"}))
	}
	if w.chance(25) {
		w.leaf("status", w.body())
	}
	if w.chance(50) {
		w.leaf("priority", w.number(127))
	}
	w.caps(client.node)
	w.open("x", "xmlns", "vcard-temp:x:update")
	w.leaf("photo", w.hex(20))
	w.close("x")
	if w.chance(40) {
		w.empty("idle", "xmlns", "urn:xmpp:idle:1", "since", w.stamp())
	}
	if w.chance(15) {
		w.empty("delay", "xmlns", "urn:xmpp:delay", "from", w.full(), "stamp", w.stamp())
	}
	w.close("presence")
}

func (w *writer) caps(node string) {
	w.empty("c", "xmlns", "http://jabber.org/protocol/caps", "hash", "sha-1", "node", node, "ver", w.base64(20))
}

// roomPresence is somebody's presence in a room.
func (w *writer) roomPresence() {
	kind, role := "", "participant"
	if w.chance(40) {
		kind, role = "unavailable", "none"
	}
	w.open("presence", "from", w.room()+"/"+pick(w, nicks), "to", w.full(), "type", kind, "id", w.id())
	w.caps(pick(w, clients).node)
	w.open("x", "xmlns", "http://jabber.org/protocol/muc#user")
	w.empty("item", "affiliation", pick(w, []string{"member", "none", "owner", "admin"}), "role", role, "jid", w.full())
	if w.chance(10) {
		w.empty("status", "code", "110")
	}
	w.close("x")
	w.empty("occupant-id", "xmlns", "urn:xmpp:occupant-id:0", "id", w.base64(32))
	w.close("presence")
}

// groupchat is a message in a room.
func (w *writer) groupchat() {
	room, id := w.room(), w.id()
	w.open("message", "from", room+"/"+pick(w, nicks), "to", w.full(), "type", "groupchat", "id", id)
	w.leaf("body", w.body())
	w.empty("stanza-id", "xmlns", "urn:xmpp:sid:0", "by", room, "id", w.archiveID())
	w.empty("occupant-id", "xmlns", "urn:xmpp:occupant-id:0", "id", w.base64(32))
	if w.chance(70) {
		w.empty("origin-id", "xmlns", "urn:xmpp:sid:0", "id", id)
	}
	if w.chance(50) {
		w.empty("markable", "xmlns", "urn:xmpp:chat-markers:0")
	}
	w.extras()
	w.close("message")
}
