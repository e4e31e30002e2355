package compress

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// traffic makes stanzas as a server sends and gets them, in the proportions of phones that chat: acks two fifths, then chat, chat states, receipts,
// presence, groups, archive pages, pings. Nothing in it is from the examples that the dictionary is made of but the names of the protocol.
func traffic(seed uint64, stanzas int) [][]byte {
	m := &maker{rand.New(rand.NewPCG(seed, 0))}
	all := make([][]byte, stanzas)
	for i := range all {
		n := m.IntN(100)
		for _, k := range kinds {
			if n -= k.share; n < 0 {
				all[i] = []byte(k.make(m))
				break
			}
		}
	}
	return all
}

// kinds are the kinds of stanzas, shares in hundredths.
var kinds = []struct {
	share int
	make  func(m *maker) string
}{
	{20, func(m *maker) string { return fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", m.IntN(10000)) }},
	{20, func(m *maker) string { return "<r xmlns='urn:xmpp:sm:3'/>" }},
	{18, func(m *maker) string { return m.chat(m.jid(), m.jid()) }},
	{10, func(m *maker) string {
		return fmt.Sprintf("<message from='%s' to='%s' type='chat' id='%s'><composing xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/></message>", m.jid(), m.jid(), m.id())
	}},
	{8, func(m *maker) string {
		return fmt.Sprintf("<message from='%s' to='%s' id='%s' type='chat'><received xmlns='urn:xmpp:receipts' id='%s'/><store xmlns='urn:xmpp:hints'/><stanza-id xmlns='urn:xmpp:sid:0' by='%s' id='%d'/></message>", m.jid(), m.jid(), m.id(), m.id(), m.bare(), m.Uint32())
	}},
	{8, func(m *maker) string {
		return fmt.Sprintf("<presence from='%s' to='%s' xml:lang='en'><show>away</show><priority>%d</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://conversations.im' ver='%s='/></presence>", m.jid(), m.jid(), m.IntN(100), m.base64(27))
	}},
	{7, func(m *maker) string {
		room := m.word() + "@conference." + m.word() + ".example"
		return fmt.Sprintf("<message from='%s/%s' to='%s' type='groupchat' id='%s'><body>%s</body><stanza-id xmlns='urn:xmpp:sid:0' id='%d' by='%s'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='%s'/></message>", room, m.word(), m.jid(), m.id(), m.text(), m.Uint32(), room, m.base64(24))
	}},
	{5, func(m *maker) string {
		return fmt.Sprintf("<message to='%s'><result xmlns='urn:xmpp:mam:2' queryid='%s' id='%d'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-06-30T09:%02d:13Z'/>%s</forwarded></result></message>", m.jid(), m.id(), m.Uint32(), m.IntN(60), m.chat(m.jid(), m.bare()))
	}},
	{4, func(m *maker) string {
		return fmt.Sprintf("<iq from='%s' to='%s' type='get' id='%s'><ping xmlns='urn:xmpp:ping'/></iq>", m.jid(), m.word(), m.id())
	}},
}

// maker makes the parts.
type maker struct{ *rand.Rand }

func (m *maker) chat(from, to string) string {
	return fmt.Sprintf("<message from='%s' to='%s' type='chat' id='%s'><body>%s</body><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/><origin-id xmlns='urn:xmpp:sid:0' id='%s'/><active xmlns='http://jabber.org/protocol/chatstates'/><stanza-id xmlns='urn:xmpp:sid:0' by='%s' id='%d'/></message>", from, to, m.id(), m.text(), m.id(), to, m.Uint32())
}

func (m *maker) bare() string { return m.word() + "." + m.word() + "@" + m.word() + ".example" }
func (m *maker) jid() string  { return m.bare() + "/phone." + m.base64(4) }

func (m *maker) id() string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", m.Uint32(), m.Uint32()>>16, m.Uint32()>>20, m.Uint32()>>20, m.Uint64()>>16)
}

func (m *maker) base64(n int) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[m.IntN(len(digits))]
	}
	return string(b)
}

var sampleWords = strings.Fields("anna river station coffee tomorrow maybe later where street number please bring paper evening train stone cloud dinner ticket thanks again when window little music garden really think about should could would people because before after nothing everything mother brother week month work home soon already never always with from have this that they what your good great")

func (m *maker) word() string { return sampleWords[m.IntN(len(sampleWords))] }

// text is a chat message: mostly English, some of it in other scripts.
func (m *maker) text() string {
	switch n := m.IntN(20); {
	case n == 0:
		return "我们明天早上在车站见面好吗？"
	case n == 1:
		return "Привет! Когда ты приедешь?"
	case n == 2:
		return "Schöne Grüße aus München 🎉"
	}
	words := make([]string, 1+m.IntN(14))
	for i := range words {
		words[i] = m.word()
	}
	return strings.Join(words, " ")
}
