package corpus

import "strings"

// features are what clients announce.
var features = strings.Fields(`http://jabber.org/protocol/caps http://jabber.org/protocol/chatstates http://jabber.org/protocol/disco#info
	http://jabber.org/protocol/disco#items http://jabber.org/protocol/muc http://jabber.org/protocol/nick+notify http://jabber.org/protocol/ibb
	http://jabber.org/protocol/bytestreams http://jabber.org/protocol/xhtml-im jabber:iq:version jabber:iq:last jabber:x:conference jabber:x:oob
	urn:xmpp:avatar:metadata+notify urn:xmpp:bookmarks:1+notify urn:xmpp:carbons:2 urn:xmpp:chat-markers:0 urn:xmpp:eme:0 urn:xmpp:hints
	urn:xmpp:idle:1 urn:xmpp:jingle:1 urn:xmpp:jingle:apps:file-transfer:5 urn:xmpp:jingle:apps:rtp:1 urn:xmpp:jingle:apps:rtp:audio
	urn:xmpp:jingle:apps:rtp:video urn:xmpp:jingle:transports:ice-udp:1 urn:xmpp:jingle:transports:ibb:1 urn:xmpp:jingle-message:0
	urn:xmpp:message-correct:0 urn:xmpp:ping urn:xmpp:receipts urn:xmpp:reply:0 urn:xmpp:sid:0 urn:xmpp:time
	eu.siacs.conversations.axolotl.devicelist+notify urn:xmpp:reactions:0 urn:xmpp:styling:0`)

// ping asks, or answers.
func (w *writer) ping() {
	if w.chance(40) {
		w.empty("iq", "from", "example.org", "to", w.full(), "type", "result", "id", w.id())
		return
	}
	w.open("iq", "from", w.full(), "to", pick(w, domains), "type", "get", "id", w.id())
	w.empty("ping", "xmlns", "urn:xmpp:ping")
	w.close("iq")
}

// disco is a client's answer to what it can do.
func (w *writer) disco() {
	client := pick(w, clients)
	w.open("iq", "from", w.full(), "to", w.full(), "type", "result", "id", w.id())
	w.open("query", "xmlns", "http://jabber.org/protocol/disco#info", "node", client.node+"#"+w.base64(20))
	w.empty("identity", "category", "client", "type", client.kind, "name", client.name)
	for _, feature := range features {
		if w.chance(85) {
			w.empty("feature", "var", feature)
		}
	}
	w.close("query", "iq")
}

// roster is the list of somebody's contacts.
func (w *writer) roster() {
	me := w.bare()
	w.open("iq", "from", me, "to", me+"/"+w.resource(), "type", "result", "id", w.id())
	w.open("query", "xmlns", "jabber:iq:roster", "ver", w.number(100_000))
	for range 10 + w.IntN(110) {
		w.open("item", "jid", w.bare(), "name", pick(w, nicks), "subscription", pick(w, []string{"both", "both", "to", "from"}))
		if w.chance(50) {
			w.leaf("group", pick(w, []string{"Friends", "Familie", "Work & co", "同事"}))
		}
		w.close("item")
	}
	w.close("query", "iq")
}

// pep is an event of personal publishing.
func (w *writer) pep() {
	w.open("message", "from", w.bare(), "to", w.full(), "type", "headline", "id", w.id())
	w.open("event", "xmlns", "http://jabber.org/protocol/pubsub#event")
	switch w.IntN(3) {
	case 0:
		w.devices()
	case 1:
		w.avatarMetadata()
	default:
		w.open("items", "node", "http://jabber.org/protocol/nick")
		w.open("item", "id", "current")
		w.leaf("nick", pick(w, nicks), "xmlns", "http://jabber.org/protocol/nick")
		w.close("item", "items")
	}
	w.close("event", "message")
}

func (w *writer) devices() {
	w.open("items", "node", "eu.siacs.conversations.axolotl.devicelist")
	w.open("item", "id", "current")
	w.open("list", "xmlns", "eu.siacs.conversations.axolotl")
	for range 1 + w.IntN(6) {
		w.empty("device", "id", w.number(1<<31))
	}
	w.close("list", "item", "items")
}

func (w *writer) avatarMetadata() {
	hash := w.hex(20)
	w.open("items", "node", "urn:xmpp:avatar:metadata")
	w.open("item", "id", hash)
	w.open("metadata", "xmlns", "urn:xmpp:avatar:metadata")
	w.empty("info", "bytes", w.number(60_000), "id", hash, "width", "192", "height", "192", "type", "image/png")
	w.close("metadata", "item", "items")
}

// avatar is a picture.
func (w *writer) avatar() {
	me := w.bare()
	w.open("iq", "from", me, "to", w.full(), "type", "result", "id", w.id())
	w.open("pubsub", "xmlns", "http://jabber.org/protocol/pubsub")
	w.open("items", "node", "urn:xmpp:avatar:data")
	w.open("item", "id", w.hex(20))
	w.leaf("data", w.base64(5_000+w.IntN(20_000)), "xmlns", "urn:xmpp:avatar:data")
	w.close("item", "items", "pubsub", "iq")
}

// ack is a request or an answer of stream management.
func (w *writer) ack() {
	if w.chance(50) {
		w.empty("r", "xmlns", "urn:xmpp:sm:3")
		return
	}
	w.empty("a", "xmlns", "urn:xmpp:sm:3", "h", w.number(20_000))
}

// clientState says whether somebody looks at the client.
func (w *writer) clientState() {
	w.empty(pick(w, []string{"active", "inactive"}), "xmlns", "urn:xmpp:csi:0")
}
