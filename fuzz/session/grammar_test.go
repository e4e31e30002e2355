package session

import (
	"slices"
	"strconv"
	"strings"

	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// What a client may send at the first level, right or wrong, with {names} of what can stand there (pools).
var (
	opening = []string{
		"{header}", "{header}", "</stream:stream>", " ", "<?xml version='1.0'?>{header}",
		"<stream:error><{streamerror} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
	}
	negotiation = []string{
		"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
		"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{response}</auth>",
		"<response xmlns='{sasl}'>{response}</response>", "<abort xmlns='{sasl}'/>", "<success xmlns='{sasl}'/>",
		"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='{mechanism}'><initial-response>{response}</initial-response>{inline}{inline}{inline}</authenticate>",
		"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='{mechanism}'>{inline}<bind xmlns='urn:xmpp:bind:0'>{bind}{bind}</bind></authenticate>",
		"<next xmlns='urn:xmpp:sasl:2' task='{task}'/>",
		"<task-data xmlns='urn:xmpp:sasl:2'><hash xmlns='urn:xmpp:scram-upgrade:0'>{response}</hash></task-data>",
	}
	follows = []string{
		"<iq id='{id}' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{resource}</bind></iq>", "<iq id='{id}' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
		"<iq id='{id}' type='set'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
		"<compress xmlns='http://jabber.org/protocol/compress'><method>{method}</method></compress>",
		"<early xmlns='urn:godwit:link:1' h='{n}' max='{n}'/>",
		"{resume}", "{resume}",
	}
	stanzas = []string{
		// XEP-0198, XEP-0352.
		"<enable xmlns='urn:xmpp:sm:3'/>", "<enable xmlns='urn:xmpp:sm:3' resume='{bool}' max='{n}'/>", "<enable xmlns='urn:xmpp:sm:3' resume='true'/>",
		"<r xmlns='urn:xmpp:sm:3'/>", "<r xmlns='urn:xmpp:sm:3'/>", "<a xmlns='urn:xmpp:sm:3' h='{n}'/>", "<a xmlns='urn:xmpp:sm:3' h='{n}'/>",
		"{resume}", "{resume}", "<{sm} xmlns='urn:xmpp:sm:3' h='{n}'/>",
		"<active xmlns='urn:xmpp:csi:0'/>", "<inactive xmlns='urn:xmpp:csi:0'/>", "<{name} xmlns='{ns}'/>",
		// Messages.
		"{plain}", "{plain}", "{plain}", "{plain}{plain}<r xmlns='urn:xmpp:sm:3'/>", "{plain}<r xmlns='urn:xmpp:sm:3'/>",
		"<message {to}{type}{from}id='{id}'>{child}{child}</message>", "<message {to}{type}id='{id}'><body>{text}</body>{child}</message>",
		"<message to='{jid}' type='error' id='{id}'><error type='cancel'><{stanzaerror} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
		// Presence.
		"<presence/>", "<presence type='unavailable'/>", "<presence><priority>{n}</priority></presence>", "<presence {to}type='{presence}'/>", "<presence {to}type='{presence}' id='{id}'>{child}</presence>",
		// Requests.
		"<iq {to}type='{iq}' id='{id}'>{query}</iq>", "<iq type='get' id='{id}'>{query}</iq>", "<iq type='set' id='{id}'>{query}</iq>", "<iq {to}type='{iq}' id='{id}'>{child}</iq>",
		"<iq to='{jid}' type='result' id='{id}'/>",
	}
	odd = []string{
		"<{name} xmlns='{ns}' {attr}='{value}'>{child}</{name}>", "<message xmlns='jabber:server'/>", "{text}", "<!-- -->", "<![CDATA[{text}]]>", "<x:message xmlns:x='jabber:client'/>",
	}
	elements = slices.Concat(opening, negotiation, follows, stanzas, odd)
)

// pools are what the {names} stand for: templates too.
var pools = map[string][]string{
	"header": {
		"<stream:stream to='example.org' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
		"<stream:stream from='{jid}' to='example.org' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
		"<stream:stream from='{jid}' to='{jid}' xmlns='{ns}' xmlns:stream='http://etherx.jabber.org/streams' version='{n}' id='{id}' xml:lang='de'>",
		"<stream xmlns='http://etherx.jabber.org/streams' to='example.org' version='1.0'>",
	},
	"sasl":      {"urn:ietf:params:xml:ns:xmpp-sasl", "urn:xmpp:sasl:2"},
	"mechanism": {"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512", "EXTERNAL", "ANONYMOUS", "HT-SHA-256-NONE", "HT-SHA-256-EXPR", ""},
	"response": {
		"AGFsaWNlAHNlY3JldA==", "AGFsaWNlAHdyb25n", "bixhPWFsaWNlLG49YWxpY2Uscj1hYmM=", "biwsbj1hbGljZSxyPWFiYw==", "biwsbj1kb3JhLHI9YWJj", "", "=", "!", "Y2E=", "eSwsbj1hbGljZSxyPWFiYw==",
		"cD10bHMtZXhwb3J0ZXIsLG49YWxpY2Uscj1hYmM=", "Yz1iaXdzLHI9YWJjLHA9QUFBQQ==", "YWxpY2UAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "kBRLnkZDV0MTIJ1hNVJqS31ac6zyoQA2Ko8GBEDhPTQ=",
	},
	"task": {"UPGR-SCRAM-SHA-256", "UPGR-SCRAM-SHA-512", "UPGR-SCRAM-SHA-1", ""},
	"inline": {
		agent, "<user-agent id='{id}'/>", "<bind xmlns='urn:xmpp:bind:0'/>", "<bind xmlns='urn:xmpp:bind:0'>{bind}{bind}{bind}</bind>", "{resume}", "",
		"<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>{task}</upgrade>", "<request-token xmlns='urn:xmpp:fast:0' mechanism='{mechanism}'/>", "<fast xmlns='urn:xmpp:fast:0' count='{n}' invalidate='{bool}'/>",
	},
	"bind": {
		"<tag>{text}</tag>", "<enable xmlns='urn:xmpp:sm:3' resume='{bool}'/>", "<enable xmlns='urn:xmpp:carbons:2'/>", "<inactive xmlns='urn:xmpp:csi:0'/>", "<active xmlns='urn:xmpp:csi:0'/>", "",
	},
	"resource":    {"<resource>{text}</resource>", "<resource/>", "<resource>r0</resource>", "<resource>\u202e</resource>"},
	"resume":      {"<resume xmlns='urn:xmpp:sm:3' h='0' previd='{sm-id}'/>", "<resume xmlns='urn:xmpp:sm:3' h='{n}' previd='{sm-id}'/>", "<resume xmlns='urn:xmpp:sm:3' h='{n}' previd='{id}'/>"},
	"method":      {"zlib", "godwit-deflate-1", "lzw", ""},
	"bool":        {"true", "1", "false", "maybe"},
	"n":           {"0", "1", "2", "3", "5", "7", "-1", "4294967295", "4294967296", "2147483648", "1.0", "", "x", "99"},
	"sm":          {"enabled", "resumed", "failed", "a", "r", "sm"},
	"id":          {"1", "2", "bind", "", "d4565fa7-4d72-4749-b3d3-740edbf87770", "{sm-id}", "'"},
	"to":          {"to='{jid}' ", "to='bob@example.org' ", ""},
	"from":        {"", "", "from='{jid}' "},
	"type":        {"type='chat' ", "", "type='normal' ", "type='headline' ", "type='groupchat' ", "type='error' ", "type='{value}' "},
	"presence":    {"subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "unavailable", "error", "{value}"},
	"iq":          {"get", "set", "result", "error", "{value}"},
	"jid":         {"bob@example.org", "alice@example.org", "example.org", "bob@example.org/phone", "alice@example.org/r0", "carol@example.org", "nobody@example.org", "bob@elsewhere.example", "@", "alice@example.org/", "b\u00d6b@example.org", ""},
	"text":        {"x", "", "a b", "&lt;&amp;", "\u00e9\u20ac\U0001f980", "note 1", "t0", "&#10;", "]]&gt;"},
	"value":       {"", "1", "x", "true", "\u00e9", "&quot;", "urn:xmpp:sm:3", "0000000000000000000000000"},
	"attr":        {"id", "to", "from", "type", "h", "xml:lang", "xml:space", "mechanism", "node", "xmlns:y"},
	"name":        {"message", "iq", "presence", "query", "stream", "features", "enable", "active", "x", "error"},
	"streamerror": streamErrors,
	"stanzaerror": stanzaErrors,
	"ns": {
		"jabber:client", "jabber:server", "", "urn:xmpp:sm:3", "urn:xmpp:csi:0", "urn:ietf:params:xml:ns:xmpp-sasl", "http://etherx.jabber.org/streams", "jabber:iq:roster", "urn:xmpp:mam:2",
		"urn:xmpp:carbons:2", "urn:x",
	},
	"child": {
		"<body>{text}</body>", "<subject>{text}</subject>", "<thread>{text}</thread>", "<store xmlns='urn:xmpp:hints'/>", "<no-store xmlns='urn:xmpp:hints'/>", "<no-copy xmlns='urn:xmpp:hints'/>",
		"<private xmlns='urn:xmpp:carbons:2'/>", "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>{plain}</forwarded></sent>",
		"<result xmlns='urn:xmpp:mam:2' id='{id}'/>", "<stanza-id xmlns='urn:xmpp:sid:0' by='{jid}' id='{id}'/>", "<origin-id xmlns='urn:xmpp:sid:0' id='{id}'/>",
		"<composing xmlns='http://jabber.org/protocol/chatstates'/>", "<active xmlns='http://jabber.org/protocol/chatstates'/>", "<request xmlns='urn:xmpp:receipts'/>", "<received xmlns='urn:xmpp:receipts' id='{id}'/>",
		"<delay xmlns='urn:xmpp:delay' from='{jid}' stamp='2026-11-21T12:00:00Z'/>", "<retract xmlns='urn:xmpp:message-retract:1' id='{id}'/>", "<displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/>",
		"<show>{value}</show>", "<status>{text}</status>", "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='{value}' ver='{value}'/>", "<{name} xmlns='{ns}' {attr}='{value}'/>", "{query}", "",
		"<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>{text}</p></body></html>",
	},
	"query": {
		"<query xmlns='jabber:iq:roster' ver='{n}'/>", "<query xmlns='jabber:iq:roster'><item jid='{jid}' name='{text}' subscription='{presence}'><group>{text}</group></item></query>",
		"<query xmlns='jabber:iq:roster'><item jid='{jid}' subscription='remove'/></query>", "<ping xmlns='urn:xmpp:ping'/>", "<query xmlns='jabber:iq:version'/>", "<time xmlns='urn:xmpp:time'/>",
		"<query xmlns='jabber:iq:last'/>", "<query xmlns='http://jabber.org/protocol/disco#info' node='{value}'/>", "<query xmlns='http://jabber.org/protocol/disco#items'/>",
		"<enable xmlns='urn:xmpp:carbons:2'/>", "<disable xmlns='urn:xmpp:carbons:2'/>", "<enable xmlns='urn:xmpp:push:0' jid='{jid}' node='{text}'>{form}</enable>", "<disable xmlns='urn:xmpp:push:0' jid='{jid}'/>",
		"<query xmlns='urn:xmpp:mam:2' queryid='{id}'>{form}{set}</query>", "<query xmlns='urn:xmpp:mam:2'>{set}</query>", "<query xmlns='urn:xmpp:mam:2'/>", "<metadata xmlns='urn:xmpp:mam:2'/>",
		"<prefs xmlns='urn:xmpp:mam:2'/>", "<prefs xmlns='urn:xmpp:mam:2' default='{prefs}'><always><jid>{jid}</jid></always><never><jid>{jid}</jid></never></prefs>",
		"<vCard xmlns='vcard-temp'><FN>{text}</FN></vCard>", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{value}'/></pubsub>", "<query xmlns='jabber:iq:register'/>",
		"<query xmlns='jabber:iq:register'><remove/></query>", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{resource}</bind>", "",
	},
	"prefs": {"always", "never", "roster", "{value}"},
	"form": {
		"<x xmlns='jabber:x:data' type='submit'>{mamtype}{field}{field}</x>", "<x xmlns='jabber:x:data' type='{value}'>{field}</x>", "",
	},
	"mamtype": {"<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>", "<field var='FORM_TYPE'><value>{value}</value></field>", ""},
	"field": {
		"<field var='with'><value>{jid}</value></field>", "<field var='start'><value>{stamp}</value></field>", "<field var='end'><value>{stamp}</value></field>", "<field var='ids'><value>{id}</value><value>{id}</value></field>",
		"<field var='after-id'><value>{id}</value></field>", "<field var='before-id'><value>{id}</value></field>", "<field var='{attr}'><value>{value}</value></field>", "<field/>", "<field var='with'/>",
		"<field var='withtext'><value>{text}</value></field>", "<field var='{http://example.org}fulltext'><value>{text}</value></field>", "<field var='include-groupchat'><value>{bool}</value></field>",
	},
	"stamp": {"2026-11-21T12:00:00Z", "2026-11-21T12:00:00.123456789012345678Z", "1969-07-21T02:56:15Z", "9999-12-31T23:59:60Z", "2026-02-30T00:00:00Z", "2026-11-21T12:00:00-99:99", "{value}", "20261121T12:00:00"},
	"set":   {"<set xmlns='http://jabber.org/protocol/rsm'><max>{n}</max>{page}</set>", "<set xmlns='http://jabber.org/protocol/rsm'>{page}{page}</set>", ""},
	"page":  {"<before/>", "<before>{id}</before>", "<after>{id}</after>", "<index>{n}</index>", "<after/>", "<flip-page/>"},
}

// most is how deep and how long an element may be.
const mostNesting, mostText = 8, 3000

// fitting is what makes sense in a state.
var fitting = map[string][]string{"connected": opening, "authenticated": opening, "negotiating": negotiation, "binding": follows, "bound": stanzas}

// element returns a random element of the grammar, mostly one that makes sense to c, now and then with a broken place.
func (tr *trial) element(c *xmpptest.Client, p *tape) string {
	from := elements
	if fit := fitting[stateNames[session(c).FieldByName("state").Uint()]]; fit != nil && !p.one(6) {
		from = fit
	}
	text := tr.expand(pick(p, from), p, 0)
	for p.one(8) {
		text = mutate(text, p)
	}
	return text
}

// expand replaces the {names} of a template.
func (tr *trial) expand(template string, p *tape, depth int) string {
	var b strings.Builder
	for b.Len() < mostText {
		before, rest, ok := strings.Cut(template, "{")
		b.WriteString(before)
		if !ok {
			break
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			break
		}
		template = after
		b.WriteString(tr.value(name, p, depth))
	}
	return b.String()
}

// value returns what a {name} stands for.
func (tr *trial) value(name string, p *tape, depth int) string {
	switch name {
	case "plain":
		tr.tokens++
		token := "t" + strconv.Itoa(tr.tokens)
		return "<message to='bob@" + domain + "' type='chat' id='" + token + "'><body>" + token + "</body></message>"
	case "sm-id":
		return tr.stream
	}
	if pool := pools[name]; pool != nil && depth < mostNesting {
		return tr.expand(pick(p, pool), p, depth+1)
	}
	return ""
}

// mutate breaks a place of a text.
func mutate(text string, p *tape) string {
	if text == "" {
		return text
	}
	at := p.below(len(text))
	end := min(at+1+p.below(16), len(text))
	switch p.below(6) {
	case 0:
		return text[:at]
	case 1:
		return text[:at] + text[end:]
	case 2:
		return text[:end] + text[at:]
	case 3:
		return text[:at] + string([]byte{p.next()}) + text[at:]
	case 4:
		return text[:at] + pick(p, []string{"<", ">", "'", "/", "&", "<!DOCTYPE x>", "<?x?>", "&#0;", "xmlns='urn:y' ", "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>", "\xff", "\x00"}) + text[at:]
	}
	return text[:at] + strings.ToUpper(text[at:end]) + text[end:]
}
