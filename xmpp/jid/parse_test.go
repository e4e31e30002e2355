package jid

import (
	"errors"
	"strings"
	"testing"
)

// parts is what a valid address is made of.
type parts struct{ local, domain, resource string }

func (p parts) String() string {
	s := p.domain
	if p.local != "" {
		s = p.local + "@" + s
	}
	if p.resource != "" {
		s += "/" + p.resource
	}
	return s
}

var validJIDs = []struct {
	in   string
	want parts
}{
	// RFC 7622 §3.5, table 1, in order.
	{"juliet@example.com", parts{"juliet", "example.com", ""}},
	{"juliet@example.com/foo", parts{"juliet", "example.com", "foo"}},
	{"juliet@example.com/foo bar", parts{"juliet", "example.com", "foo bar"}},
	{"juliet@example.com/foo@bar", parts{"juliet", "example.com", "foo@bar"}},
	{`foo\20bar@example.com`, parts{`foo\20bar`, "example.com", ""}},
	{"fussball@example.com", parts{"fussball", "example.com", ""}},
	{"fu\u00dfball@example.com", parts{"fu\u00dfball", "example.com", ""}},
	{"\u03c0@example.com", parts{"\u03c0", "example.com", ""}},
	{"\u03a3@example.com/foo", parts{"\u03c3", "example.com", "foo"}},
	{"\u03c3@example.com/foo", parts{"\u03c3", "example.com", "foo"}},
	{"\u03c2@example.com/foo", parts{"\u03c2", "example.com", "foo"}},
	{"king@example.com/\u265a", parts{"king", "example.com", "\u265a"}},
	{"example.com", parts{"", "example.com", ""}},
	{"example.com/foobar", parts{"", "example.com", "foobar"}},
	{"a.example.com/b@example.net", parts{"", "a.example.com", "b@example.net"}},
	// Table 2, example 18, which erratum 4560 withdraws.
	{"juliet@example.com/ foo", parts{"juliet", "example.com", " foo"}},

	// Separators: the first '/', then the first '@' before it.
	{"a/b@c", parts{"", "a", "b@c"}},
	{"a/b/c", parts{"", "a", "b/c"}},
	{"a@b/c@d/e", parts{"a", "b", "c@d/e"}},
	{"a@b//", parts{"a", "b", "/"}},
	{"a/@", parts{"", "a", "@"}},

	// Case and width.
	{"Juliet@EXAMPLE.com/Balcony", parts{"juliet", "example.com", "Balcony"}},
	{"\uff2a\uff55liet@\uff45xample.com/\uff26oo", parts{"juliet", "example.com", "\uff26oo"}},
	{"\uff76@example.com", parts{"\u30ab", "example.com", ""}}, // halfwidth katakana
	{"\u0130@example.com", parts{"i\u0307", "example.com", ""}},

	// Normalisation.
	{"e\u0301@bu\u0308cher.example/e\u0301", parts{"\u00e9", "b\u00fccher.example", "\u00e9"}},
	{"a@b/x\u00a0y\u3000z", parts{"a", "b", "x y z"}}, // spaces in a resourcepart

	// Domains.
	{"a@example.com.", parts{"a", "example.com", ""}},
	{"example.com./r", parts{"", "example.com", "r"}},
	{"example\u3002com", parts{"", "example.com", ""}},
	{"example.com\uff0e", parts{"", "example.com", ""}},
	{"B\u00dcCHER.example", parts{"", "b\u00fccher.example", ""}},
	{"xn--bcher-kva.example", parts{"", "b\u00fccher.example", ""}},
	{"XN--BCHER-KVA.example", parts{"", "b\u00fccher.example", ""}},
	{"fa\u00df.example", parts{"", "fa\u00df.example", ""}},
	{"r3---sn-4g5e.example", parts{"", "r3---sn-4g5e.example", ""}},
	{"a@localhost", parts{"a", "localhost", ""}},
	{"a@1", parts{"a", "1", ""}},
	{"a@192.0.2.1/r", parts{"a", "192.0.2.1", "r"}},
	{"a@[2001:DB8:0:0::1]/r", parts{"a", "[2001:db8::1]", "r"}},
	{"[::ffff:192.0.2.1]", parts{"", "[::ffff:192.0.2.1]", ""}},
	{"[fe80::1%25eth0]", parts{"", "[fe80::1%25eth0]", ""}},
	{"\u05d0\u05d1.example", parts{"", "\u05d0\u05d1.example", ""}},

	// Bidi and joiners.
	{"\u05d0\u05d1\u05d2@example.com", parts{"\u05d0\u05d1\u05d2", "example.com", ""}},
	{"\u05d01@example.com", parts{"\u05d01", "example.com", ""}},
	{"a@b/1\u05d0a", parts{"a", "b", "1\u05d0a"}}, // OpaqueString has no bidi rule
	{"\u0915\u094d\u200d\u0937@example.com", parts{"\u0915\u094d\u200d\u0937", "example.com", ""}},
}

func TestParse(t *testing.T) {
	for _, tt := range validJIDs {
		j, err := Parse(tt.in)
		if err != nil {
			t.Errorf("Parse(%+q): %v", tt.in, err)
			continue
		}
		if got := (parts{j.Local(), j.Domain(), j.Resource()}); got != tt.want {
			t.Errorf("Parse(%+q) = %+q, want %+q", tt.in, got, tt.want)
		}
		if j.String() != tt.want.String() || string(j.AppendTo([]byte("x"))) != "x"+j.String() {
			t.Errorf("Parse(%+q) has text %+q, want %+q", tt.in, j, tt.want)
		}
		checkConsistent(t, j)
		if b, err := ParseBytes([]byte(tt.in)); b != j {
			t.Errorf("ParseBytes(%+q) = %+q, %v, want what Parse gives", tt.in, b, err)
		}
	}
}

// checkConsistent checks everything that holds for every JID.
func checkConsistent(t *testing.T, j JID) {
	t.Helper()
	if again, err := Parse(j.String()); again != j {
		t.Errorf("Parse(%+q) again = %+q, %v", j, again, err)
	}
	if n, err := New(j.Local(), j.Domain(), j.Resource()); n != j {
		t.Errorf("New of the parts of %+q = %+q, %v", j, n, err)
	}
	if r, err := j.Bare().WithResource(j.Resource()); r != j {
		t.Errorf("WithResource of %+q = %+q, %v", j, r, err)
	}
	if !j.EqualBytes([]byte(j.String())) {
		t.Errorf("%+q does not equal its own text", j)
	}
	if b := j.Bare(); b != (MustParse(b.String())) || !b.IsBare() || b.Domain() != j.Domain() || b.Local() != j.Local() {
		t.Errorf("the bare JID of %+q is %+q", j, b)
	}
	if d := j.DomainJID(); d != MustParse(j.Domain()) || !d.IsDomain() {
		t.Errorf("the domain of %+q is %+q", j, d)
	}
	if j.IsZero() || j.IsBare() != (j.Resource() == "") || j.IsDomain() != (j.String() == j.Domain()) {
		t.Errorf("%+q: IsZero %v IsBare %v IsDomain %v", j, j.IsZero(), j.IsBare(), j.IsDomain())
	}
	for _, part := range []string{j.Local(), j.Domain(), j.Resource()} {
		if len(part) > MaxPart || part != strings.ToValidUTF8(part, "") || strings.Contains(part, "\x00") {
			t.Errorf("%+q has the part %+q", j, part)
		}
	}
}

var invalidJIDs = []struct {
	in   string
	part string
	err  error
}{
	// RFC 7622 §3.5, table 2, without example 18.
	{`"juliet"@example.com`, localpart, ErrInvalid},
	{"foo bar@example.com", localpart, ErrInvalid},
	{"@example.com/", resourcepart, ErrEmpty},
	{"henry\u2163@example.com", localpart, ErrInvalid},
	{"\u265a@example.com", localpart, ErrInvalid},
	{"juliet@", domainpart, ErrEmpty},
	{"/foobar", domainpart, ErrEmpty},

	// Missing and empty parts.
	{"", domainpart, ErrEmpty},
	{"@", localpart, ErrEmpty},
	{"/", resourcepart, ErrEmpty},
	{"@/", resourcepart, ErrEmpty},
	{"@example.com", localpart, ErrEmpty},
	{"example.com/", resourcepart, ErrEmpty},
	{"juliet@/r", domainpart, ErrEmpty},
	{".", domainpart, ErrEmpty},
	{"a@b@c", domainpart, ErrInvalid},
	{"a@@c", domainpart, ErrInvalid},

	// Characters that PRECIS allows and RFC 7622 §3.3.1 does not, also when
	// width folding makes them.
	{"a&b@c", localpart, ErrInvalid},
	{"a'b@c", localpart, ErrInvalid},
	{"a:b@c", localpart, ErrInvalid},
	{"a<b@c", localpart, ErrInvalid},
	{"a>b@c", localpart, ErrInvalid},
	{"a\uff20b@c", localpart, ErrInvalid},
	{"a\uff0fb@c", localpart, ErrInvalid},
	{"a\uff02b@c", localpart, ErrInvalid},

	// Domains.
	{"example.com..", domainpart, ErrInvalid},
	{"example.com\u3002.", domainpart, ErrInvalid},
	{"example.com.\u3002", domainpart, ErrInvalid},
	{".example.com", domainpart, ErrInvalid},
	{"a..b", domainpart, ErrInvalid},
	{"-a.b", domainpart, ErrInvalid},
	{"a-.b", domainpart, ErrInvalid},
	{"a.b-", domainpart, ErrInvalid},
	{"-\u00fc", domainpart, ErrInvalid},
	{"ab--\u00fc", domainpart, ErrInvalid},
	{"a_b", domainpart, ErrInvalid},
	{"a_\u00fc", domainpart, ErrInvalid},
	{"a@a:\u00fc", domainpart, ErrInvalid},
	{"a\uff20\u00fc", domainpart, ErrInvalid},
	{"xn--@-eha", domainpart, ErrInvalid},
	{"xn--a_b-ioa", domainpart, ErrInvalid}, // a_\u00fcb
	{"a b", domainpart, ErrInvalid},
	{"a\uff20b", domainpart, ErrInvalid},
	{"a\uff0fb", domainpart, ErrInvalid},
	{"a\u2100b", domainpart, ErrInvalid}, // maps to a/c
	{"i\u2764.example", domainpart, ErrInvalid},
	{"xn--i-7iq.example", domainpart, ErrInvalid}, // the same
	{"xn--", domainpart, ErrInvalid},
	{"xn--a", domainpart, ErrInvalid},
	{"xn--example-", domainpart, ErrInvalid},
	{"xn--bcher-kva\u00fc", domainpart, ErrInvalid},
	{"\u0301a", domainpart, ErrInvalid},
	{"a\u200db", domainpart, ErrInvalid},
	{"\u05d0a.example", domainpart, ErrInvalid},
	{strings.Repeat("\u00fc", 63), domainpart, ErrInvalid}, // no A-label of 63
	{"[::1", domainpart, ErrInvalid},
	{"[::1]x", domainpart, ErrInvalid},
	{"[]", domainpart, ErrInvalid},
	{"[", domainpart, ErrInvalid},
	{"[192.0.2.1]", domainpart, ErrInvalid},
	{"[v1.x]", domainpart, ErrInvalid},
	{"[fe80::1%eth0]", domainpart, ErrInvalid},
	{"[fe80::1%25]", domainpart, ErrInvalid},
	{"[fe80::1%25a%20b]", domainpart, ErrInvalid},
	{"::1", domainpart, ErrInvalid},

	// NUL, controls, bytes that are not UTF-8.
	{"a\x00@b", localpart, ErrInvalid},
	{"a@b\x00", domainpart, ErrInvalid},
	{"a@b/\x00", resourcepart, ErrInvalid},
	{"a@b/\x1f", resourcepart, ErrInvalid},
	{"a@b/\x7f", resourcepart, ErrInvalid},
	{"a@b/\u0085", resourcepart, ErrInvalid},
	{"a@b/\xff", resourcepart, ErrInvalid},
	{"a@b/\xc0\x80", resourcepart, ErrInvalid},
	{"a@b/\xed\xa0\x80", resourcepart, ErrInvalid},
	{"\xff@b", localpart, ErrInvalid},
	{"\xff", domainpart, ErrInvalid},
	{"a@b/\ufdd0", resourcepart, ErrInvalid},
	{"a@b/\ue000", resourcepart, ErrInvalid},

	// Bidi and joiners in a localpart.
	{"1\u05d0@b", localpart, ErrInvalid},
	{"\u05d0a@b", localpart, ErrInvalid},
	{"a\u05d0@b", localpart, ErrInvalid},
	{"a\u200db@b", localpart, ErrInvalid},
	{"a\u202eb@b", localpart, ErrInvalid},
}

func TestParseInvalid(t *testing.T) {
	for _, tt := range invalidJIDs {
		j, err := Parse(tt.in)
		var e *Error
		if !errors.As(err, &e) || e.Part != tt.part || !errors.Is(err, tt.err) {
			t.Errorf("Parse(%+q) = %+q, %v, want an error: %s %v", tt.in, j, err, tt.part, tt.err)
		}
		if j != (JID{}) {
			t.Errorf("Parse(%+q) fails and returns %+q", tt.in, j)
		}
		if b, err := ParseBytes([]byte(tt.in)); err == nil {
			t.Errorf("ParseBytes(%+q) = %+q, want an error", tt.in, b)
		}
	}
}

// TestParseEveryCut cuts addresses at every byte, also inside characters: what
// comes out is an address in valid UTF-8 or an error.
func TestParseEveryCut(t *testing.T) {
	for _, tt := range validJIDs {
		for i := range tt.in {
			for _, s := range []string{tt.in[:i], tt.in[i:], tt.in[:i] + "\x00" + tt.in[i:]} {
				if j, err := Parse(s); err == nil {
					checkConsistent(t, j)
				}
			}
		}
		for i := range len(tt.in) {
			if j, err := Parse(tt.in[:i]); err == nil {
				checkConsistent(t, j)
			}
		}
	}
}

// TestLengths tries every part at its limit and one past it, in ASCII and
// beyond, and shows that the limit is on the canonical form.
func TestLengths(t *testing.T) {
	label := strings.Repeat("a", 60) + "."
	domain := func(n int) string { return strings.Repeat(label, n/61) + strings.Repeat("b", n%61) }
	idn := "\u00fc" + "." // 3 bytes
	parses := func(s string) error { _, err := Parse(s); return err }
	for _, tt := range []struct {
		name string
		make func(n int) string // an address whose part has n bytes
	}{
		{"local", func(n int) string { return strings.Repeat("a", n) + "@b" }},
		{"local upper case", func(n int) string { return strings.Repeat("A", n) + "@b" }},
		{"local wide", func(n int) string { return strings.Repeat("\uff21", n) + "@b" }},
		{"local decomposed", func(n int) string { return strings.Repeat("e\u0301", n/2) + strings.Repeat("a", n%2) + "@b" }},
		{"domain", func(n int) string { return "a@" + domain(n) + "/r" }},
		{"domain and dot", func(n int) string { return domain(n) + "." }},
		{"domain upper case", func(n int) string { return strings.ToUpper(domain(n)) }},
		{"domain beyond ASCII", func(n int) string { return strings.Repeat(idn, n/3-1) + strings.Repeat("c", n%3+3) }},
		{"IP literal", func(n int) string { return "[::1%25" + strings.Repeat("z", n-len("[::1%25]")) + "]" }},
		{"IP literal that grows", func(n int) string { return "[::ffff:1:1%25" + strings.Repeat("z", n-len("[::ffff:0.1.0.1%25]")) + "]" }},
		{"resource", func(n int) string { return "a@b/" + strings.Repeat("r", n) }},
		{"resource beyond ASCII", func(n int) string { return "b/" + strings.Repeat("\u00e9", n/2) + strings.Repeat("r", n%2) }},
	} {
		if err := parses(tt.make(MaxPart)); err != nil {
			t.Errorf("%s of %d bytes: %v", tt.name, MaxPart, err)
		}
		if err := parses(tt.make(MaxPart + 1)); !errors.Is(err, ErrTooLong) {
			t.Errorf("%s of %d bytes: %v, want ErrTooLong", tt.name, MaxPart+1, err)
		}
	}

	// The whole at its greatest: 3071 bytes (RFC 7622 §3.1).
	s := strings.Repeat("a", MaxPart) + "@" + domain(MaxPart) + "/" + strings.Repeat("r", MaxPart)
	if j, err := Parse(s); err != nil || len(j.String()) != 3071 {
		t.Errorf("the longest address: %d bytes, %v", len(j.String()), err)
	}
	// Raw forms longer than any that can have a short canonical form.
	for _, s := range []string{strings.Repeat("\u00ad", maxRaw/2) + "b", "b@" + strings.Repeat("\u00ad", maxRaw/2) + "b"} {
		if err := parses(s); !errors.Is(err, ErrTooLong) {
			t.Errorf("a raw part of more than %d bytes: %v, want ErrTooLong", maxRaw, err)
		}
	}
}

func TestNew(t *testing.T) {
	for _, tt := range []struct {
		in   parts
		want string
	}{
		{parts{"Juliet", "Example.com.", "Balcony"}, "juliet@example.com/Balcony"},
		{parts{"", "example.com", ""}, "example.com"},
		{parts{"", "example.com", "a/b@c"}, "example.com/a/b@c"},
		{parts{"", "", "r"}, ""},
		{parts{"a", "", ""}, ""},
		{parts{"a@b", "c", ""}, ""},
		{parts{"", "a@b", ""}, ""},
		{parts{"", "a/b", ""}, ""},
		{parts{"a", "b/c", ""}, ""},
		{parts{"a/b", "c", ""}, ""},
		{parts{"a", "b", "\x00"}, ""},
	} {
		j, err := New(tt.in.local, tt.in.domain, tt.in.resource)
		if j.String() != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("New(%+q) = %+q, %v, want %+q", tt.in, j, err, tt.want)
		}
	}
}
