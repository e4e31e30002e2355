package xmltext

import "strings"

// The grammar of streams as this generator has it. Most of what it writes is well-formed; a few words in the lists are not, or are not everywhere.

const streams = "http://etherx.jabber.org/streams"

// headers are the usual ones.
var headers = []string{
	"<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "'>",
	"<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "'>",
	"<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "'>",
	header,
	"<stream:stream xmlns=\"jabber:server\" xmlns:stream=\"" + streams + "\" xmlns:db='jabber:server:dialback'>",
	"<?xml version='1.0'?><stream:stream to='a.example' version='1.0' xml:lang='en' xmlns='jabber:client' xmlns:stream='" + streams + "'>",
}

// shortHeaders leave more of a stream to what comes after them.
var shortHeaders = []string{
	"<s xmlns='jabber:client'>", "<s xmlns='jabber:server'>", "<s>", "<stream:stream xmlns:stream='urn:s' xmlns='jabber:client'>", "<p:s xmlns='jabber:client' xmlns:p='urn:p'>",
}

// oddHeaders are all but usual.
var oddHeaders = []string{
	"<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "' xmlns:p='urn:p' xmlns:q='urn:q'>",
	"<stream:stream xmlns:stream='" + streams + "' xmlns:p='urn:p' xmlns:q='urn:p'>",
	"<stream:stream xmlns='urn:d' xmlns:stream='" + streams + "' xmlns:p='urn:xmpp:ping'>",
	"<s:stream xmlns='jabber:client' xmlns:s='" + streams + "' xmlns:stream='urn:s'>",
	"<stream xmlns='" + streams + "'>", "<stream xmlns=''>", "<stream>", "<stream:stream>", "<p:q xmlns:p='urn:p'>",
	"<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "'/>",
	"<stream:stream\r\n xmlns = 'jabber:client'\txmlns:stream\n=\n'" + streams + "'\r>",
	"<\u00e9:\u4e2d xmlns:\u00e9='urn:\u00fc' xmlns='jabber:server' xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang=''>",
	"<stream:stream xmlns='jabber:client' xmlns:stream='" + streams + "' xmlns:a='' xmlns:xmlns='urn:x'>",
	"<a" + strings.Repeat("b", 200) + ">", "<" + strings.Repeat("p", 255) + ":a xmlns:" + strings.Repeat("p", 255) + "='urn:x'>",
	"<stream:stream" + strings.Repeat(" ", 60) + "xmlns='jabber:client' xmlns:stream='" + streams + "'" + strings.Repeat("\n", 70) + ">",
}

// declarations may come before a header.
var declarations = []string{
	"<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding='UTF-8'?>\r\n", "<?xml version='1.1' encoding='utf-8' standalone='yes' ?>", "<?xml\tversion = '1.0'\nstandalone='no'?> ",
	"<?xml version='1.0' encoding='ISO-8859-1'?>", "<?xml version='1.0' ?>\n\t", "<?xml version='1.05'?>", "<?xml version='2.0'?>", "<?xml encoding='UTF-8'?>",
	"<?xml version='1.0'encoding='UTF-8'?>", "<?xml version='1.0' standalone='yes' encoding='UTF-8'?>", "<?xml?>", "<?xml-model a?>", "<?XML version='1.0'?>", " <?xml version='1.0'?>", "\ufeff",
	"<?xml version='1.0'" + strings.Repeat(" ", 234) + "?>", "<?xml version='1.0'" + strings.Repeat("\n", 235) + "?>", "<?xml version='1.0'" + strings.Repeat(" ", 236) + "?>", "<?xml version='1.0' encoding='_'?>",
}

var locals = []string{
	"a", "b", "c", "message", "body", "presence", "iq", "query", "x", "item", "error", "stream", "features", "result", "delay", "urn", "ab", "abc",
	"\u00e9", "\u4e2d\u6587", "a\u0301", "\U00010000", "a\u00b7b", "_", "A-1.2", "xmlns", "xml", "xmlfoo", "x\ufffd", "a.", "\u200c",
	"abcdefgh", "abcdefghi", "abcdefghijklmnopqrstuvwxyz",
}

var longLocals = []string{strings.Repeat("n", 254) + ":n", strings.Repeat("n", 255) + ":n", strings.Repeat("n", 256) + ":n", strings.Repeat("n", 63), strings.Repeat("n", 64), strings.Repeat("n", 65), strings.Repeat("\u00e9", 33), strings.Repeat("\u4e2d", 22), strings.Repeat("n", 130)}

var badLocals = []string{"", "1", "-", ".", "\u00b7", "\u0301", "a\u00d7", "a:b", ":", "a\u2190", "\ufffe", "a\x00", "\xff", "a\xc3", "a\xe2\x82", "\U000f0000", "a'", "a=", "a/", "&amp;"}

var attributes = []string{
	"id", "to", "from", "type", "a", "b", "c", "d", "xml:lang", "xml:space", "version", "node", "x", "\u00e9", "\u4e2d\u6587", "xmln", "xmlnsx", "xml:xmlns", "stream:xmlns", "xml:id", "abcdefgh", "abcdefghi",
}

var prefixes = []string{"p", "q", "r", "stream", "db", "\u00e9", "xml", "pp", "xmlfoo", "_"}

var spaces = []string{
	"urn:p", "urn:p", "urn:q", "urn:xmpp:ping", "jabber:client", "jabber:server", "urn:&#x70;", "urn:&amp;", "", " urn:p", "urn:p\t", "jabber:iq:roster", "urn:\u4e2d\u6587", streams,
	"http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/",
}

// runs are what texts and values are made of.
var runs = []string{
	"", " ", "x", "hello", "Art thou not Romeo, and a Montague?", "a>b", ">", "]", "]]", "] ]>", "]]&gt;", "]&#93;>", "'", "\"", "it's", "say \"hi\"", "=", "/", "/>", "-->", "?>", ";", "#", "!", "%",
	"&lt;", "&gt;", "&amp;", "&apos;", "&quot;", "&#65;", "&#x41;", "&#x1F600;", "&#9;", "&#10;", "&#13;", "&#xd;&#xA;", "&#x10FFFF;", "&#x10000;", "&#55295;", "&#57344;", "&#32;", "&#x7F;", "&#0000000000000000000000000000000000065;", "&#xFFFD;", "&#xD7FF;", "&#xE000;",
	"\n", "\t", "\r", "\r\n", "\n\r", "\r\r\n", "\r\n\r\n", " \r", "\n  ", "\u00e9", "\u00df\u00fc", "\u4e2d\u6587\u5b57", "\u041f\u0440\u0438\u0432\u0435\u0442", "\U0001f600", "\U0001f600\U0001f601", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd",
	"\U00010000", "\U0010ffff", "\x7f", "\u2028", "\u0085", "0123456789abcdef", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=",
}

// longRuns are longer than a block.
var longRuns = []string{
	strings.Repeat("0123456789abcdef", 4), strings.Repeat("x", 130), strings.Repeat(" ", 65), strings.Repeat("\u00e9", 40), strings.Repeat("\u4e2d", 30), strings.Repeat("\U0001f600", 17), strings.Repeat("&amp;", 14),
	strings.Repeat("]", 70), strings.Repeat("\n", 66), strings.Repeat("\r", 66), strings.Repeat("\r\n", 33), strings.Repeat("a>", 40), "&#" + strings.Repeat("0", 70) + "65;", strings.Repeat("\t", 64),
}

// badRuns are mostly what may not stand in texts or values.
var badRuns = []string{
	"]]>", "]]]>", "<", "&", "& ", "&;", "&a", "&foo;", "&LT;", "&lt", "&#;", "&#x;", "&#xg;", "&#1;", "&#0;", "&#xD800;", "&#xDFFF;", "&#xFFFE;", "&#xFFFF;", "&#31;", "&#x8;", "&#11;", "&#x110000;", "&#1114112;", "&#4294967361;", "&#x100000041;", "&a:b;", "&\u00e9;", "&#65",
	"\x00", "\x01", "\x08", "\x0b", "\x0c", "\x0e", "\x1f", "\ufffe", "\uffff", "\xff", "\xfe", "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
	"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xc3", "\xe2", "\xe2\x82", "\xf0\x9f", "\xf0\x9f\x98", "\xc3\x28", "\xe2\x28\xa1", "\xe2\x82\x28", "\xf0\x28\x8c\xbc",
	"\xf0\x90\x28\xbc", "\xf0\x28\x8c\x28", "\xc3\xc3", "\xef\xbf", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xed\xa0", "<!-- -->", "<!--", "<?pi?>", "<?x", "<?xm ", "<?xML?>", "<?xml:a?>", "<?xml\u00e9", "<?xmla", "<?1", "<?\x80", "<?:a?>", "<?_", "<?\xff", "<?xml version='1.0'?>", "<!DOCTYPE a>", "<!", "<!E", "<![CDATA", "<![cdata[", "</", "<>", "< a>", "<1>",
}

var whites = []string{" ", " ", " ", " ", " ", "  ", "\t", "\n", "\r", "\r\n", "   \n"}

// stream writes a stream.
func (g *generator) stream() {
	if g.chance(12) {
		g.put(pick(g, declarations))
	}
	end := footer
	switch g.n(24) {
	case 0:
		g.start("stream:stream", nil)
		g.put(" xmlns='jabber:client' xmlns:stream='" + streams + "'>")
	case 1, 2, 3:
		end = g.header(oddHeaders)
	case 4, 5, 6, 7, 8, 9:
		end = g.header(shortHeaders)
	case 10:
		end = g.heavyHeader()
	default:
		g.put(pick(g, headers))
		g.bound = append(g.bound, "stream")
	}
	g.body = len(g.out)
	for range 1 + g.n(1+g.n(4)) {
		if g.chance(6) {
			g.put(pick(g, whites))
		}
		g.element(0)
	}
	switch g.n(8) {
	case 0:
		g.put(pick(g, badRuns))
	case 1:
		g.put("\n", end, " trailing <")
	case 2:
		g.put(end[:len(end)-1], " \n>")
	case 3: // the stream stays open
	default:
		g.put(end)
	}
}

// header writes one of the headers and returns the end tag for it.
func (g *generator) header(all []string) (end string) {
	h := pick(g, all)
	g.put(h)
	return "</" + h[1:strings.IndexAny(h, " \r\n\t>/")] + ">"
}

// heavyHeader writes a header that binds about as much as it may.
func (g *generator) heavyHeader() (end string) {
	const root, prefixed = "stream:stream", "p00urn:00"
	n := 14 + g.n(5)
	fill := 0
	if g.chance(2) {
		n = 1 + g.n(16)
		fill = 1_024 - len(root) - n*len(prefixed) + g.n(5) - 2
	}
	g.put("<", root, " xmlns='jabber:client' xmlns:stream='", streams, "'")
	for i := range n {
		number := string([]byte{byte('0' + i/10), byte('0' + i%10)})
		g.put(" xmlns:p", number, "='urn:", number)
		if i == 0 {
			g.put(strings.Repeat("x", max(0, fill)))
		}
		g.put("'")
		g.bound = append(g.bound, "p"+number)
	}
	g.put(">")
	return "</" + root + ">"
}

// element writes an element with all that is in it.
func (g *generator) element(depth int) {
	bound := len(g.bound)
	start := len(g.out)
	name := g.name(locals)
	g.start(name, prefixes)
	if i := strings.IndexByte(name, ':'); i > 0 && !g.declared(name[:i]) && !g.chance(12) {
		g.declare(name[:i])
	}
	switch {
	case g.chance(3):
		g.spaced()
		g.put("/>")
	case g.chance(60):
		g.put(pick(g, []string{"/", "/ >", ">", "<", "=", "'", "\xff", "?>", "//>"}))
	default:
		g.spaced()
		g.put(">")
		g.content(depth)
		g.end(name, start)
	}
	g.bound = g.bound[:bound]
}

// end writes an end tag, mostly the right one.
func (g *generator) end(name string, start int) {
	switch {
	case g.chance(60):
		name = pick(g, locals)
	case g.chance(80):
		name = string(g.out[start+1 : min(len(g.out), start+1+g.n(8))])
	}
	g.put("</", name)
	g.spaced()
	g.put(">")
}

// spaced writes white space, mostly none.
func (g *generator) spaced() {
	switch g.n(256) {
	case 0:
		g.put(strings.Repeat(pick(g, whites), 64))
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16:
		g.put(pick(g, whites))
	}
}

func (g *generator) declared(prefix string) bool {
	for _, b := range g.bound {
		if b == prefix {
			return true
		}
	}
	return false
}

// name returns a name with or without a prefix.
func (g *generator) name(words []string) string {
	local := pick(g, words)
	switch g.n(100) {
	case 0:
		local = pick(g, badLocals)
	case 1, 2:
		local = pick(g, longLocals)
	}
	if g.n(4) > 0 || strings.Contains(local, ":") {
		return local
	}
	if len(g.bound) > 0 && !g.chance(4) {
		return pick(g, g.bound) + ":" + local
	}
	return pick(g, prefixes) + ":" + local
}

// start writes a start tag but for its end.
func (g *generator) start(name string, declarable []string) {
	g.put("<", name)
	if declarable != nil {
		for g.chance(5) {
			g.declare(pick(g, declarable))
		}
		if g.chance(4) {
			g.put(pick(g, whites), "xmlns=")
			g.quoted(pick(g, spaces))
		}
	}
	n := g.n(1 + g.n(4))
	if g.chance(40) {
		n = g.n(40)
	}
	for i := range n {
		g.attribute(i)
	}
}

// declare declares a prefix.
func (g *generator) declare(prefix string) {
	g.put(pick(g, whites), "xmlns:", prefix, "=")
	if g.chance(3) {
		g.quoted(pick(g, spaces))
	} else {
		g.put("'urn:", prefix, "'")
	}
	g.bound = append(g.bound, prefix)
}

// attribute writes attribute number i of a tag.
func (g *generator) attribute(i int) {
	if !g.chance(100) {
		g.put(pick(g, whites))
	}
	name := g.name(attributes)
	if i > 3 && !g.chance(30) {
		name += string(rune('A' + i)) // otherwise there are too many duplicates
	}
	g.put(name)
	g.spaced()
	if !g.chance(200) {
		g.put("=")
	}
	g.spaced()
	quote := pick(g, []string{"'", "'", "\""})
	if !g.chance(200) {
		g.put(quote)
	}
	for g.n(8) < 5 {
		g.run(quote)
	}
	if !g.chance(200) {
		g.put(quote)
	}
}

// quoted writes a value.
func (g *generator) quoted(value string) {
	quote := pick(g, []string{"'", "'", "\""})
	g.put(quote, value, quote)
}

// run writes a piece of a text or of a value in the quotes.
func (g *generator) run(quote string) {
	if g.chance(70) {
		g.put(pick(g, badRuns))
		return
	}
	if g.chance(40) {
		g.put(pick(g, longRuns))
		return
	}
	if r := pick(g, runs); quote == "" || r != quote && !strings.Contains(r, quote) {
		g.put(r)
	}
}

// content writes what is in an element.
func (g *generator) content(depth int) {
	n := g.n(4)
	if depth < 3 && g.chance(60) {
		n = g.n(20)
	}
	for range n {
		switch k := g.n(8); {
		case k < 2 && depth < 6, depth < 40 && g.chance(90):
			g.element(depth + 1)
		case k == 3:
			g.section()
		default:
			g.run("")
		}
	}
}

// section writes a CDATA section.
func (g *generator) section() {
	g.put("<![CDATA[")
	for g.chance(2) {
		if r := pick(g, runs); g.chance(8) {
			g.put(pick(g, []string{"<a>", "&", "]]", "]", "<![CDATA[", "]]]", "]]&gt;", "<", ">", "\x0b", "\xff", "\r"}))
		} else {
			g.put(r)
		}
	}
	if !g.chance(50) {
		g.put("]]>")
	}
}
