package jid

import "testing"

func TestEscape(t *testing.T) {
	for _, tt := range []struct{ plain, escaped string }{
		// XEP-0106 §5.1, table 3, in order.
		{"space cadet", `space\20cadet`},
		{`call me "ishmael"`, `call\20me\20\22ishmael\22`},
		{"at&t guy", `at\26t\20guy`},
		{"d'artagnan", `d\27artagnan`},
		{"/.fanboy", `\2f.fanboy`},
		{"::foo::", `\3a\3afoo\3a\3a`},
		{"<foo>", `\3cfoo\3e`},
		{"user@host", `user\40host`},
		{`c:\net`, `c\3a\net`},
		{`c:\\net`, `c\3a\\net`},
		{`c:\cool stuff`, `c\3a\cool\20stuff`},
		{`c:\5commas`, `c\3a\5c5commas`},
		// §3 and §4.
		{"tréville@musketeers.lit", `tréville\40musketeers.lit`},
		{`\3and\2is\5cool`, `\5c3and\2is\5c5cool`},
		{`\2plus\2is\4`, `\2plus\2is\4`},
		{`foo\bar`, `foo\bar`},
		{`foob\41r`, `foob\41r`},
		// §5.2 to §5.7.
		{"here's_a_wild_&_/cr%zy/_address", `here\27s_a_wild_\26_\2fcr%zy\2f_address`},
		{`here's_a_wild_&_/cr%zy/_address_for:<wv>("IMPS")`, `here\27s_a_wild_\26_\2fcr%zy\2f_address_for\3a\3cwv\3e(\22IMPS\22)`},
		{
			"CN=D'Artagnan Saint-Andr\\E9,O=Example & Company, Inc.,DC=example,DC=com",
			`CN=D\27Artagnan\20Saint-Andr\E9,O=Example\20\26\20Company,\20Inc.,DC=example,DC=com`,
		},
		{`somenick!user"&'/:<>\3address`, `somenick!user\22\26\27\2f\3a\3c\3e\5c3address`},
		// Case matters; nothing to do; a backslash at the end; an escaped escape.
		{`a\2Fb`, `a\2Fb`},
		{"juliet", "juliet"},
		{"", ""},
		{`a\`, `a\`},
		{`a\5`, `a\5`},
		{`\5c`, `\5c5c`},
		{`\\20`, `\\5c20`},
		{`\20a\20`, `\5c20a\5c20`},
		// A space at either end has no escaped form (§3.2).
		{" ", " "},
		{" a b ", ` a\20b `},
	} {
		if got := Escape(tt.plain); got != tt.escaped {
			t.Errorf("Escape(%q) = %q, want %q", tt.plain, got, tt.escaped)
		}
		if got := Unescape(tt.escaped); got != tt.plain {
			t.Errorf("Unescape(%q) = %q, want %q", tt.escaped, got, tt.plain)
		}
	}
}

// TestUnescapeSpaceAtEnds: \20 is no escape at either end of a localpart
// (XEP-0106 §3.2), so it is shown as it is.
func TestUnescapeSpaceAtEnds(t *testing.T) {
	for in, want := range map[string]string{
		`\20`: `\20`, `\20a`: `\20a`, `a\20`: `a\20`, `\20\20\20`: `\20 \20`,
	} {
		if got := Unescape(in); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestEscapedIsLocalpart: what Escape makes of the characters a localpart
// cannot have can be one, and comparison sees the escapes.
func TestEscapedIsLocalpart(t *testing.T) {
	const name = `a "&'/:<>@\20b`
	j, err := New(Escape(name), "example.com", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := Unescape(j.Local()); got != name {
		t.Errorf("unescaped it is %q, want %q", got, name)
	}
	if j.EqualBytes([]byte(name + "@example.com")) {
		t.Errorf("%q equals its unescaped form", j)
	}
	if _, err := New(Escape(" a"), "example.com", ""); err == nil {
		t.Error("a name with a leading space has an escaped form")
	}
}
