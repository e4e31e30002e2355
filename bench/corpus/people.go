package corpus

import (
	"fmt"
	"strings"
)

// The parts of addresses. None is a real account: the domains are reserved for examples (RFC 2606) or made of such.
var (
	nodes = strings.Fields(`juliet romeo nurse.angelica mercutio benvolio tybalt rosaline lord.capulet lady.montague friar-laurence anna.k jo max1987
		mwild tobias_r lea li.wei chen.xiaoming yuki olena.petrenko d.ivanov karim x0ff p.martins sofia 15555550123 15555550177 bot-weather
		support billing alerts u10293 u99812 the_real_hugo q`)
	domains   = strings.Fields("example.org example.org example.org chat.example.com example.net im.example jabber.example xmpp.co.example mail.example")
	languages = strings.Fields("en en en de zh uk ru fr")
	rooms     = strings.Fields("garden orchard operators lunch kernel xsf family-trip 5b-parents flat-42 release ci-failures offtopic chess")
	nicks     = []string{"Juliet", "Romeo", "anna", "Jürgen", "李伟", "max1987", "Оля", "lea 🌻", "bot", "mwild", "Sofia M.", "q", "Tobias (phone)"}
	clients   = []struct{ name, node, kind string }{
		{"Conversations", "https://conversations.im", "phone"},
		{"Conversations", "https://conversations.im", "phone"},
		{"Cheogram", "https://cheogram.com", "phone"},
		{"Monal", "http://monal-im.org/", "phone"},
		{"Siskin IM", "https://siskin.im", "phone"},
		{"Gajim", "https://gajim.org", "pc"},
		{"Dino", "https://dino.im", "pc"},
		{"profanity", "http://profanity-im.github.io", "console"},
		{"Converse", "https://conversejs.org", "web"},
	}
)

// bare returns a bare JID, of one of a few thousand accounts.
func (w *writer) bare() string {
	node := pick(w, nodes)
	if w.chance(70) {
		node += w.number(60)
	}
	return node + "@" + pick(w, domains)
}

// resource returns a resource as one of the clients makes it.
func (w *writer) resource() string {
	switch w.IntN(6) {
	case 0:
		return "phone"
	case 1:
		return "gajim." + strings.ToUpper(w.hex(4))
	case 2:
		return "Monal-iOS." + w.hex(4)
	case 3:
		return w.uuid()
	case 4:
		return "dino." + w.hex(4)
	}
	return "Conversations." + strings.NewReplacer("+", "-", "/", "_").Replace(w.base64(3))
}

func (w *writer) full() string { return w.bare() + "/" + w.resource() }

// either returns a full JID, or now and then a bare one.
func (w *writer) either(bare int) string {
	if w.chance(bare) {
		return w.bare()
	}
	return w.full()
}

func (w *writer) room() string { return pick(w, rooms) + "@conference.example.org" }

// id returns an id of a stanza.
func (w *writer) id() string {
	switch w.IntN(5) {
	case 0:
		return w.base64(9)
	case 1:
		return fmt.Sprintf("%x:%d", w.IntN(1<<16), w.IntN(5000))
	case 2:
		return strings.ToUpper(w.uuid())
	}
	return w.uuid()
}
