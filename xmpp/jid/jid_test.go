package jid

import (
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestZero(t *testing.T) {
	var z JID
	if !z.IsZero() || z.IsBare() || z.IsDomain() || z.String() != "" {
		t.Errorf("zero JID: IsZero %v IsBare %v IsDomain %v String %q", z.IsZero(), z.IsBare(), z.IsDomain(), z)
	}
	if z.Local() != "" || z.Domain() != "" || z.Resource() != "" || z.Bare() != z || z.DomainJID() != z {
		t.Error("the zero JID has parts")
	}
	if z.EqualBytes(nil) || z.EqualBytes([]byte("a")) {
		t.Error("the zero JID equals something")
	}
	if _, err := z.WithResource("r"); !errors.Is(err, ErrEmpty) {
		t.Errorf("a resourcepart for the zero JID: %v", err)
	}
	if j, err := z.WithResource(""); j != z || err != nil {
		t.Errorf("no resourcepart for the zero JID: %v, %v", j, err)
	}
}

func TestMustParsePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("MustParse of nothing did not panic")
		}
	}()
	MustParse("")
}

func TestWithResource(t *testing.T) {
	full := MustParse("a@b/r")
	for r, want := range map[string]string{
		"":             "a@b",
		"other":        "a@b/other",
		"x/y@z":        "a@b/x/y@z",
		"e\u0301":      "a@b/\u00e9",
		"a\u00a0b":     "a@b/a b",
		"\x00":         "",
		"\xff":         "",
		"cut \xf0\x9f": "",
	} {
		j, err := full.WithResource(r)
		if j.String() != want || (err == nil) != (want != "") {
			t.Errorf("WithResource(%+q) = %+q, %v, want %+q", r, j, err, want)
		}
	}
}

func TestEqual(t *testing.T) {
	forms := [][]string{ // addresses, each in all its forms
		{"juliet@example.com", "Juliet@example.com", "juliet@EXAMPLE.com.", "\uff4auliet@example.com"},
		{"juliet@example.com/a", "JULIET@example.com/a"},
		{"juliet@example.com/A"},
		{"juliet@b\u00fccher.example", "juliet@xn--bcher-kva.example", "juliet@bu\u0308cher.example"},
		{"a@b.c"},
		{"b.c/a"},
		{"b.c"},
		{"ab.c"},
		{"a.b.c"},
		{"a@b/c"},
		{"a/b@c"},
		{"stra\u00dfe@b"},
		{"strasse@b"},
	}
	set := map[JID]int{}
	for i, group := range forms {
		for _, s := range group {
			set[MustParse(s)] = i
		}
		for k, other := range forms {
			for _, s := range other {
				if got := MustParse(group[0]).EqualBytes([]byte(s)); got != (i == k) {
					t.Errorf("%+q equals %+q: %v", group[0], s, got)
				}
				if got := EqualsAny([]byte(s), MustParse("c.d"), MustParse(group[0])); got != (i == k) {
					t.Errorf("%+q or another equals %+q: %v", group[0], s, got)
				}
			}
		}
	}
	if len(set) != len(forms) {
		t.Errorf("as map keys the forms make %d addresses, want %d", len(set), len(forms))
	}
	for _, s := range []string{"", "@", "juliet@example.com/", "juliet@example.com..", "\xff"} {
		if MustParse("juliet@example.com").EqualBytes([]byte(s)) {
			t.Errorf("an address equals %+q, which is none", s)
		}
	}
}

// TestAllocations: nothing that happens for every stanza allocates, but for the
// string of ParseBytes.
func TestAllocations(t *testing.T) {
	text := "juliet@im.example.com/balcony 4f2d"
	raw, other := []byte(text), []byte("romeo@im.example.com/orchard")
	j := MustParse(text)
	buf := make([]byte, 0, 64)
	var sink JID
	var ok bool
	for _, tt := range []struct {
		name string
		want float64
		f    func()
	}{
		{"Parse", 0, func() { sink, _ = Parse(text) }},
		{"ParseBytes", 1, func() { sink, _ = ParseBytes(raw) }},
		{"EqualBytes, equal", 0, func() { ok = j.EqualBytes(raw) }},
		{"EqualBytes, another", 0, func() { ok = j.EqualBytes(other) }},
		{"EqualsAny, neither", 0, func() { ok = EqualsAny(other, j, j.Bare()) }},
		{"==", 0, func() { ok = j == sink }},
		{"parts", 0, func() { ok = j.Local() == j.Domain() || j.Resource() == j.String() }},
		{"Bare", 0, func() { sink = j.Bare() }},
		{"DomainJID", 0, func() { sink = j.DomainJID() }},
		{"AppendTo", 0, func() { buf = j.AppendTo(buf[:0]) }},
		{"WithResource", 1, func() { sink, _ = j.WithResource("orchard") }},
	} {
		if got := testing.AllocsPerRun(100, tt.f); got != tt.want {
			t.Errorf("%s allocates %v times, want %v", tt.name, got, tt.want)
		}
	}
	_, _ = sink, ok
}

// TestConcurrent is for the race detector: the mappers of the slow path are
// shared by all goroutines.
func TestConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, tt := range validJIDs {
				if j, _ := Parse(tt.in); j.String() != tt.want.String() {
					t.Errorf("Parse(%+q) = %+q, want %+q", tt.in, j, tt.want)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkParse(b *testing.B) {
	for name, s := range map[string]string{
		"canonical": "juliet@im.example.com/balcony-4f2d",
		"ascii":     "Juliet@im.example.com/balcony-4f2d",
		"unicode":   "j\u00fcliet@b\u00fccher.example/b\u00e4lcony",
		"hostile":   "xn--" + strings.Repeat("a", maxRaw-4),
	} {
		b.Run(name, func(b *testing.B) {
			raw := []byte(s)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = ParseBytes(raw)
			}
		})
	}
}

func BenchmarkEqualBytes(b *testing.B) {
	j := MustParse("juliet@im.example.com/balcony-4f2d")
	other := []byte("juliet@im.example.com/orchard-4f2")
	for b.Loop() {
		j.EqualBytes(other)
	}
}
