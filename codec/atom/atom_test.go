package atom

import (
	"os"
	"os/exec"
	"testing"
)

func TestLookupFindsEveryWord(t *testing.T) {
	for a := Atom(1); a < Count; a++ {
		if got := Lookup(a.String()); got != a {
			t.Errorf("Lookup(%q) = %d, want %d", a.String(), got, a)
		}
		if got := Lookup([]byte(a.String() + "\x00")); got != Unknown {
			t.Errorf("Lookup(%q+NUL) = %d, want Unknown", a.String(), got)
		}
	}
	for _, w := range []string{"", "no-such-word", "messag", "messages", "Message"} {
		if got := Lookup(w); got != Unknown {
			t.Errorf("Lookup(%q) = %d, want Unknown", w, got)
		}
	}
}

func TestNamesAreFound(t *testing.T) {
	find := func(w string) Atom {
		switch n := len(w); {
		case n <= 8:
			return ShortName(key(w))
		default:
			return LongName(load64(w), load64(w[n-8:]), n)
		}
	}
	for a := Atom(1); a < Count; a++ {
		w, want := a.String(), a
		if len(w) > 16 {
			continue
		}
		if !isName(w) {
			want = Unknown
		}
		if got := find(w); got != want {
			t.Errorf("%q is %d, want %d", w, got, want)
		}
		for _, other := range []string{w + "x", w[1:], w[:len(w)-1], "x" + w[1:], w[:len(w)-1] + "~"} {
			if n := len(other); n > 0 && n <= 16 && find(other) != Lookup(other) && isName(other) {
				t.Errorf("%q is %d, want %d", other, find(other), Lookup(other))
			}
		}
	}
	if got := LongName(0x6161616161616161, 0x6161616161616161, 9); got != Unknown {
		t.Errorf("aaaaaaaaa is %d", got)
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	b := []byte("http://jabber.org/protocol/chatstates")
	if n := testing.AllocsPerRun(100, func() { Lookup(b) }); n != 0 {
		t.Errorf("Lookup allocates %v times", n)
	}
}

func TestProbesStayShort(t *testing.T) {
	total, worst := 0, 0
	for a := Atom(1); a < Count; a++ {
		n := 1
		for i := first(key(words[a]), len(words[a])); slots[i].atom != a; i = (i + 1) % len(slots) {
			n++
		}
		total, worst = total+n, max(worst, n)
	}
	if mean := float64(total) / float64(Count-1); mean > 1.5 || worst > 16 {
		t.Errorf("probes: mean %.2f, worst %d; choose another hash", mean, worst)
	}
}

func TestTableIsGenerated(t *testing.T) {
	was, err := os.ReadFile("table_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "run", "gen.go").CombinedOutput(); err != nil {
		t.Fatalf("go run gen.go: %v\n%s", err, out)
	}
	is, err := os.ReadFile("table_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(was) != string(is) {
		t.Error("table_gen.go was not what gen.go makes of table.txt; it has been written anew: commit it")
	}
}

func BenchmarkLookup(b *testing.B) {
	names := [][]byte{[]byte("message"), []byte("body"), []byte("jabber:client"), []byte("urn:xmpp:receipts"), []byte("nothing-known")}
	for b.Loop() {
		for _, n := range names {
			Lookup(n)
		}
	}
}
