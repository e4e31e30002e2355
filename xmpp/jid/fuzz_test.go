package jid

import (
	"strings"
	"testing"
)

// FuzzParse checks everything that holds for every address, and that the fast
// path says what the slow one says.
func FuzzParse(f *testing.F) {
	for _, tt := range validJIDs {
		f.Add(tt.in)
	}
	for _, tt := range invalidJIDs {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		j, err := Parse(s)
		if err != nil {
			if j != (JID{}) {
				t.Fatalf("Parse(%+q) fails and returns %+q", s, j)
			}
			return
		}
		checkConsistent(t, j)
		slow, err := parseMapped(s)
		if slow != j {
			t.Fatalf("Parse(%+q) = %+q, but the slow path %+q, %v", s, j, slow, err)
		}
	})
}

// parseMapped parses s with every part mapped, however plain it is.
func parseMapped(s string) (JID, error) {
	bare, resource, _ := strings.Cut(s, "/")
	local, domain, ok := strings.Cut(bare, "@")
	if !ok {
		local, domain = "", bare
	}
	if domain = trimDot(domain); !strings.HasPrefix(domain, "[") {
		var err error
		if domain, err = enforce(domain, mapDomain); err != nil {
			return JID{}, err
		}
	}
	for part, mapping := range map[*string]func(string) (string, error){&local: mapLocal, &resource: mapResource} {
		if *part == "" {
			continue
		}
		var err error
		if *part, err = enforce(*part, mapping); err != nil {
			return JID{}, err
		}
	}
	return New(local, domain, resource)
}

// FuzzEscape checks that escaping can be undone, and that what is escaped has
// nothing left to escape.
func FuzzEscape(f *testing.F) {
	f.Add(`c:\5commas \20 `)
	f.Add(`\20\5c5c20 "&'/:<>@`)
	f.Fuzz(func(t *testing.T, s string) {
		e := Escape(s)
		if got := Unescape(e); got != s {
			t.Fatalf("Unescape(Escape(%+q)) = %+q, by way of %+q", s, got, e)
		}
		if strings.ContainsAny(strings.Trim(e, " "), "\"&'/:<>@") || strings.HasPrefix(e, `\20`) || strings.HasSuffix(e, `\20`) && !strings.HasSuffix(e, `\\20`) {
			t.Fatalf("Escape(%+q) = %+q", s, e)
		}
	})
}
