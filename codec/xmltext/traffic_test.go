package xmltext

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
)

// traffic makes a stream of stanzas in the proportions that a server with phones might see: chat a fifth, chat states, receipts, presence, groups,
// archive results, carbons, encrypted messages, pings, acks. Most quotes are single, about one byte in a hundred is not ASCII.
func traffic(seed uint64, stanzas int) [][]byte {
	r := rand.New(rand.NewPCG(seed, 0))
	all := make([][]byte, stanzas)
	for i := range all {
		n := r.IntN(1000)
		for _, k := range kinds {
			if n -= k.share; n < 0 {
				all[i] = []byte(k.make(&maker{r}))
				break
			}
		}
		if r.IntN(10) < 3 {
			all[i] = bytes.ReplaceAll(all[i], []byte("'"), []byte(`"`))
		}
	}
	return all
}

// kinds are the kinds of stanzas, shares in thousandths.
var kinds = []struct {
	share int
	make  func(m *maker) string
}{
	{210, func(m *maker) string { return m.chat(m.jid(), m.jid()) }},
	{100, func(m *maker) string {
		return fmt.Sprintf("<message from='%s' to='%s' type='chat' id='%s'><composing xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/></message>", m.jid(), m.jid(), m.id())
	}},
	{90, func(m *maker) string {
		return fmt.Sprintf("<message from='%s' to='%s' id='%s' type='chat'><received xmlns='urn:xmpp:receipts' id='%s'/><displayed xmlns='urn:xmpp:chat-markers:0' id='%s'/><store xmlns='urn:xmpp:hints'/></message>", m.jid(), m.jid(), m.id(), m.id(), m.id())
	}},
	{140, func(m *maker) string {
		return fmt.Sprintf("<presence from='%s' to='%s' xml:lang='en'><show>away</show><priority>%d</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://conversations.im' ver='%s='/><idle xmlns='urn:xmpp:idle:1' since='2026-06-30T12:%02d:00Z'/></presence>", m.jid(), m.jid(), m.IntN(100), m.base64(27), m.IntN(60))
	}},
	{50, func(m *maker) string {
		return fmt.Sprintf("<presence from='%s' to='%s'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant'/><status code='110'/></x></presence>", m.jid(), m.jid())
	}},
	{80, func(m *maker) string {
		return fmt.Sprintf("<message from='room%d@conference.example.org/%s' to='%s' type='groupchat' id='%s'><body>%s</body><stanza-id xmlns='urn:xmpp:sid:0' id='%d' by='room%d@conference.example.org'/></message>", m.IntN(50), m.word(), m.jid(), m.id(), m.text(), m.Uint32(), m.IntN(50))
	}},
	{70, func(m *maker) string {
		return fmt.Sprintf("<message to='%s'><result xmlns='urn:xmpp:mam:2' queryid='%s' id='%d'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-06-30T09:%02d:13Z'/>%s</forwarded></result></message>", m.jid(), m.id(), m.Uint32(), m.IntN(60), m.inner())
	}},
	{50, func(m *maker) string {
		return fmt.Sprintf("<message from='%s' to='%s'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>%s</forwarded></sent></message>", m.jid(), m.jid(), m.inner())
	}},
	{50, func(m *maker) string {
		return fmt.Sprintf("<message from='%s' to='%s' type='chat' id='%s'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='%d'><key rid='%d'>%s</key><key rid='%d' prekey='true'>%s</key><iv>%s</iv></header><payload>%s</payload></encrypted><encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/><store xmlns='urn:xmpp:hints'/></message>",
			m.jid(), m.jid(), m.id(), m.Uint32(), m.Uint32(), m.base64(180), m.Uint32(), m.base64(180), m.base64(16), m.base64(200))
	}},
	{50, func(m *maker) string {
		return fmt.Sprintf("<iq from='%s' to='example.org' type='get' id='%s'><ping xmlns='urn:xmpp:ping'/></iq>", m.jid(), m.id())
	}},
	{50, func(m *maker) string {
		var b strings.Builder
		fmt.Fprintf(&b, "<iq from='%s' to='%s' type='result' id='%s'><query xmlns='http://jabber.org/protocol/disco#info' node='https://conversations.im#%s='><identity category='client' type='phone' name='Conversations'/>", m.jid(), m.jid(), m.id(), m.base64(27))
		for range 10 {
			fmt.Fprintf(&b, "<feature var='urn:xmpp:%s:%d'/>", m.word(), m.IntN(3))
		}
		return b.String() + "</query></iq>"
	}},
	{60, func(m *maker) string { return fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", m.IntN(10000)) }},
}

// maker makes the parts.
type maker struct{ *rand.Rand }

func (m *maker) chat(from, to string) string {
	return fmt.Sprintf("<message from='%s' to='%s' type='chat' id='%s'><body>%s</body><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/><origin-id xmlns='urn:xmpp:sid:0' id='%s'/><active xmlns='http://jabber.org/protocol/chatstates'/></message>", from, to, m.id(), m.text(), m.id())
}

// inner is a chat message within another element.
func (m *maker) inner() string {
	return strings.Replace(m.chat(m.jid(), m.jid()), "<message ", "<message xmlns='jabber:client' ", 1)
}

func (m *maker) jid() string {
	return fmt.Sprintf("%s%d@%s.example/%s.%s", m.word(), m.IntN(1000), m.word(), m.word(), m.base64(6))
}

func (m *maker) id() string {
	return fmt.Sprintf("%08x-%04x-4%03x", m.Uint32(), m.Uint32()>>16, m.Uint32()>>20)
}

func (m *maker) base64(n int) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[m.IntN(len(digits))]
	}
	return string(b)
}

var sampleWords = strings.Fields("juliet romeo garden balcony orchard mercutio nurse verona night light window east sun moon sleep early late lovely paper sugar train river stone cloud dinner ticket please maybe thanks tomorrow again where when")

func (m *maker) word() string { return sampleWords[m.IntN(len(sampleWords))] }

// text is a chat message: mostly English, some of it in other scripts, with the odd reference.
func (m *maker) text() string {
	switch n := m.IntN(40); {
	case n == 0:
		return "我们明天早上在车站见面好吗？"
	case n == 1:
		return "Привет! Когда ты приедешь?"
	case n == 2:
		return "Schöne Grüße aus München 🎉"
	case n == 3:
		return "me &amp; you &lt;3"
	}
	words := make([]string, 3+m.IntN(20))
	for i := range words {
		words[i] = m.word()
	}
	return strings.Join(words, " ") + "."
}
