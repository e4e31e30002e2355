package corpus

import (
	"fmt"
	"io"
	"strings"
)

// BigCase is a HostileCase without Data: its stream is made while it is read. Time and memory are the result: for
// policy-violation memory must stay near the limit that is set, whatever the size; who has a higher limit may accept.
type BigCase struct {
	HostileCase
	Bytes int64
	Open  func() io.Reader // returns the stream from its start
}

// The usual beginning and end of the streams; PayloadAt is the length of both first parts.
const (
	bigDeclaration = "<?xml version='1.0'?>"
	bigHeader      = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"
	bigHead        = bigDeclaration + bigHeader
	bigEnd         = "</stream:stream>"
	bigOK          = "<message to='a@localhost'><body>ok</body></message>"
)

// part is n times what unit makes of the numbers from 0 on.
type part struct {
	n    int
	unit func(i int) string
}

func once(s string) part { return part{1, func(int) string { return s }} }

// times is n times s; n is a multiple of 1,000.
func times(n int, s string) part {
	s = strings.Repeat(s, 1_000)
	return part{n / 1_000, func(int) string { return s }}
}

// numbered is format with the numbers below n.
func numbered(n int, format string) part {
	return part{n, func(i int) string { return fmt.Sprintf(format, i) }}
}

// inMessage is a stream of one message with the parts in it.
func inMessage(before string, after string, middle ...part) []part {
	return append(append([]part{once(bigHead + "<message" + before)}, middle...), once(after+bigEnd))
}

// colliding makes attribute names of 14 pairs that have the same hash under h = multiplier·h + c.
func colliding(zero, one string) part {
	return part{1 << 14, func(i int) string {
		var b strings.Builder
		for bit := 13; bit >= 0; bit-- {
			if i>>bit&1 == 0 {
				b.WriteString(zero)
			} else {
				b.WriteString(one)
			}
		}
		return " " + b.String() + "=''"
	}}
}

// The parts of each case, as make_hostile.py has them.
var bigParts = map[string][]part{
	"big-quadratic-blowup": {once(bigDeclaration + "<!DOCTYPE x [<!ENTITY a '"), times(100_000, "A"), once("'>]>" + bigHeader + "<message><body>"),
		times(100_000, "&a;"), once("</body></message>" + bigEnd)},
	"big-deep-nesting-100k":              inMessage(">", "</message>", times(100_000, "<a>"), times(100_000, "</a>")),
	"big-deep-nesting-100k-never-closed": {once(bigHead + "<message>"), times(100_000, "<a>")},
	"big-deep-nesting-namespaces": inMessage(">", "</message>", numbered(20_000, "<p%[1]d:a xmlns:p%[1]d='urn:%[1]d'>"),
		part{20_000, func(i int) string { return fmt.Sprintf("</p%d:a>", 19_999-i) }}),
	"big-attribute-flood-100k":         inMessage("", "/>", numbered(100_000, " a%[1]d='%[1]d'")),
	"big-attribute-collisions-31-16k":  inMessage("", "/>", colliding("Aa", "BB")),
	"big-attribute-collisions-33-16k":  inMessage("", "/>", colliding("Ez", "FY")),
	"big-attribute-duplicate-last":     inMessage("", " a0=''/>", numbered(50_000, " a%d=''")),
	"big-xmlns-flood-50k":              inMessage("", "/>", numbered(50_000, " xmlns:a%[1]d='urn:%[1]d'"), numbered(50_000, " a%d:x=''")),
	"big-attribute-value-10m":          inMessage(" id='", "'/>", times(10_000_000, "A")),
	"big-attribute-value-never-closed": {once(bigHead + "<message id='"), times(10_000_000, "A")},
	"big-text-10m":                     inMessage("><body>", "</body></message>", times(10_000_000, "A")),
	"big-text-never-closed":            {once(bigHead + "<message><body>"), times(10_000_000, "A")},
	"big-references-1m":                inMessage("><body>", "</body></message>", times(1_000_000, "&#65;")),
	"big-cdata-10m":                    inMessage("><body><![CDATA[", " ]]></body></message>", times(5_000_000, "]]")),
	"big-tag-name-1m":                  inMessage("><", "/></message>", times(1_000_000, "a")),
	"big-attribute-name-1m":            inMessage(" ", "=''/>", times(1_000_000, "a")),
	"big-prefix-1m":                    inMessage(" xmlns:", "='urn:x'/>", times(1_000_000, "a")),
	"big-namespace-name-1m":            inMessage("><x xmlns='urn:", "'/></message>", times(1_000_000, "a")),
	"big-entity-name-1m":               inMessage("><body>&", "</body></message>", times(1_000_000, "a")),
	"big-char-ref-zeros-1m":            inMessage("><body>&#", "65;</body></message>", times(1_000_000, "0")),
	"big-space-in-tag-10m":             inMessage(" ", "/>", times(10_000_000, " ")),
	"big-space-in-end-tag-1m":          inMessage("><body>x</body", "></message>", times(1_000_000, " ")),
	"big-children-1m":                  inMessage(">", "</message>", times(1_000_000, "<a/>")),
	"big-comment-10m":                  {once(bigHead + "<!--"), times(10_000_000, "a"), once("-->" + bigEnd)},
	"big-pi-10m":                       {once(bigHead + "<?a "), times(10_000_000, "a"), once("?>" + bigEnd)},
	"big-doctype-10m":                  {once(bigDeclaration + "<!DOCTYPE x ["), times(600_000, "<!ENTITY a 'b'>"), once("]>" + bigHeader + bigEnd)},
	"big-header-attribute-1m": {once(bigDeclaration + strings.TrimSuffix(bigHeader, "localhost' version='1.0'>")), times(1_000_000, "a"),
		once("' version='1.0'>" + bigEnd)},
	"big-header-attributes-100k": {once(strings.TrimSuffix(bigHead, ">")), numbered(100_000, " a%d=''"), once(">" + bigEnd)},
	"big-declaration-1m":         {once("<?xml version='1.0'"), times(1_000_000, " "), once("?>" + bigHeader + bigEnd)},
	"big-whitespace-10m":         {once(bigHead + bigOK), times(5_000_000, " \n"), once(bigOK + bigEnd)},
	"big-presence-100k":          {once(bigHead), times(100_000, "<presence/>"), once(bigEnd)},
}

// BigHostile returns the big cases of the manifest.
func BigHostile() (all []BigCase) {
	for _, m := range readManifest() {
		if !m.Generated {
			continue
		}
		c := BigCase{HostileCase: m.HostileCase, Bytes: m.Bytes}
		c.PayloadAt = m.PayloadAt
		parts, ok := bigParts[strings.TrimSuffix(m.File, ".xml")]
		if !ok {
			panic("corpus: no parts for " + m.File)
		}
		c.Open = func() io.Reader { return &partReader{parts: parts} }
		all = append(all, c)
	}
	return all
}

// partReader makes a stream as it is read.
type partReader struct {
	parts []part
	i     int    // of the next unit of parts[0]
	rest  string // of the unit before
}

// Read implements io.Reader.
func (r *partReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.rest == "" && !r.next() {
			break
		}
		k := copy(p[n:], r.rest)
		n, r.rest = n+k, r.rest[k:]
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *partReader) next() bool {
	for len(r.parts) > 0 && r.i == r.parts[0].n {
		r.parts, r.i = r.parts[1:], 0
	}
	if len(r.parts) == 0 {
		return false
	}
	r.rest = r.parts[0].unit(r.i)
	r.i++
	return true
}
