package corpus

import "testing"

func TestSqueeze(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"<a>\n  <b/>\n</a>", "<a><b/></a>"},
		{"<a \n\t b='c'\n   d=\"e  f\" />", `<a b='c' d="e  f"/>`},
		{"<a\n  b = 'c'\n></a >", "<a b='c'></a>"},
		{"<a>one  two\n</a>", "<a>one  two\n</a>"},
		{"<a><![CDATA[ <b  c>  <d> ]]> <e/></a>", "<a><![CDATA[ <b  c>  <d> ]]><e/></a>"},
		{"<a b='  > '>  </a>", "<a b='  > '></a>"},
	} {
		if got := string(squeeze([]byte(c.in))); got != c.want {
			t.Errorf("%q\n gives %q\n  want %q", c.in, got, c.want)
		}
	}
}
