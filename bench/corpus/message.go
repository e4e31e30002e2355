package corpus

import "strings"

// chatMessage is a message with a body from one person to another.
func (w *writer) chatMessage() { w.chat("", w.full(), w.either(50)) }

// chat writes a chat message; namespace is declared when it is not empty.
func (w *writer) chat(namespace, from, to string) {
	id, lang := w.id(), ""
	if w.chance(25) {
		lang = pick(w, languages)
	}
	w.open("message", "xmlns", namespace, "from", from, "to", to, "type", "chat", "id", id, "xml:lang", lang)
	w.leaf("body", w.body())
	if w.chance(60) {
		w.empty("active", "xmlns", "http://jabber.org/protocol/chatstates")
	}
	if w.chance(85) {
		w.empty("request", "xmlns", "urn:xmpp:receipts")
	}
	if w.chance(75) {
		w.empty("markable", "xmlns", "urn:xmpp:chat-markers:0")
	}
	if w.chance(70) {
		w.empty("origin-id", "xmlns", "urn:xmpp:sid:0", "id", id)
	}
	if w.chance(50) {
		archive, _, _ := strings.Cut(to, "/")
		w.empty("stanza-id", "xmlns", "urn:xmpp:sid:0", "by", archive, "id", w.archiveID())
	}
	w.extras()
	w.close("message")
}

// extras writes what some messages have besides: a correction, an answer's reference, a file's address.
func (w *writer) extras() {
	switch n := w.IntN(100); {
	case n < 3:
		w.empty("replace", "xmlns", "urn:xmpp:message-correct:0", "id", w.id())
	case n < 8:
		w.empty("reply", "xmlns", "urn:xmpp:reply:0", "to", w.bare(), "id", w.id())
		w.open("fallback", "xmlns", "urn:xmpp:fallback:0", "for", "urn:xmpp:reply:0")
		w.empty("body", "start", "0", "end", w.number(80))
		w.close("fallback")
	case n < 12:
		w.open("x", "xmlns", "jabber:x:oob")
		w.leaf("url", "https://upload.example.org/"+w.hex(20)+"/IMG_"+w.number(9999)+".jpg?v="+w.hex(4)+"&size="+w.number(4096))
		w.close("x")
	case n < 15:
		w.open("reactions", "xmlns", "urn:xmpp:reactions:0", "id", w.id())
		w.leaf("reaction", pick(w, []string{"👍", "❤️", "😂", "🎉", "👋"}))
		w.close("reactions")
	}
}

func (w *writer) archiveID() string {
	if w.chance(50) {
		return w.uuid()
	}
	return "17" + w.number(10_000_000) + "00" + w.number(10_000)
}

// typing is a chat state.
func (w *writer) typing() {
	state := pick(w, []string{"composing", "composing", "paused", "active", "inactive"})
	w.open("message", "from", w.full(), "to", w.either(50), "type", "chat", "id", w.id())
	w.empty(state, "xmlns", "http://jabber.org/protocol/chatstates")
	if w.chance(80) {
		w.empty("no-store", "xmlns", "urn:xmpp:hints")
	}
	if w.chance(20) {
		w.leaf("thread", w.uuid())
	}
	w.close("message")
}

// receipt is a receipt or a marker.
func (w *writer) receipt() {
	id := w.id()
	w.open("message", "from", w.full(), "to", w.either(40), "type", "chat", "id", w.id())
	if w.chance(55) {
		w.empty("received", "xmlns", "urn:xmpp:receipts", "id", id)
	} else {
		w.empty("displayed", "xmlns", "urn:xmpp:chat-markers:0", "id", id)
	}
	if w.chance(30) {
		w.empty("stanza-id", "xmlns", "urn:xmpp:sid:0", "by", w.bare(), "id", w.archiveID())
	}
	w.empty("store", "xmlns", "urn:xmpp:hints")
	w.close("message")
}

// archived is a page's item of an archive.
func (w *writer) archived() {
	me := w.bare()
	w.open("message", "to", me+"/"+w.resource(), "from", me)
	w.open("result", "xmlns", "urn:xmpp:mam:2", "queryid", w.hex(4), "id", w.archiveID())
	w.forwarded(w.full(), me)
	w.close("result", "message")
}

// carbon is a copy of what another device sent or got.
func (w *writer) carbon() {
	me, direction := w.bare(), pick(w, []string{"sent", "received"})
	w.open("message", "xmlns", "jabber:client", "from", me, "to", me+"/"+w.resource(), "type", "chat")
	w.open(direction, "xmlns", "urn:xmpp:carbons:2")
	w.forwarded(w.full(), me)
	w.close(direction, "message")
}

// forwarded wraps a chat message.
func (w *writer) forwarded(from, to string) {
	w.open("forwarded", "xmlns", "urn:xmpp:forward:0")
	w.empty("delay", "xmlns", "urn:xmpp:delay", "stamp", w.stamp())
	w.chat("jabber:client", from, to)
	w.close("forwarded")
}

// omemo is a message encrypted for a handful of devices.
func (w *writer) omemo() {
	id := w.id()
	w.open("message", "from", w.full(), "to", w.either(50), "type", "chat", "id", id)
	w.open("encrypted", "xmlns", "eu.siacs.conversations.axolotl")
	w.open("header", "sid", w.number(1<<31))
	for range 2 + w.IntN(5) {
		prekey := ""
		if w.chance(15) {
			prekey = "true"
		}
		w.leaf("key", w.base64(120+w.IntN(60)), "rid", w.number(1<<31), "prekey", prekey)
	}
	w.leaf("iv", w.base64(12))
	w.close("header")
	w.leaf("payload", w.base64(30+w.IntN(200)))
	w.close("encrypted")
	w.empty("encryption", "xmlns", "urn:xmpp:eme:0", "namespace", "eu.siacs.conversations.axolotl", "name", "OMEMO")
	w.leaf("body", "I sent you an OMEMO encrypted message but your client doesn’t seem to support that. Find more information on https://conversations.im/omemo")
	w.empty("origin-id", "xmlns", "urn:xmpp:sid:0", "id", id)
	w.empty("store", "xmlns", "urn:xmpp:hints")
	w.close("message")
}
