package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestKeysGolden holds KEYS.md and the code together.
func TestKeysGolden(t *testing.T) {
	var link [32]byte
	for i := range link {
		link[i] = byte(i)
	}
	e := Entry{Account: juliet, From: romeo, OriginID: []byte("o1")}
	j := appendAccount(nil, juliet)
	sum := sha256.Sum256(e.appendIdentity(nil, j))
	want := map[string][]byte{
		"format":                     formatKey(),
		"account J":                  accountKey(nil, tableAccount, juliet),
		"account of a domain":        accountKey(nil, tableAccount, jid.MustParse("example.net")),
		`cursor J "phone"`:           cursorKey(nil, j, "phone"),
		"dedupe day 20778 J":         dedupeKey(nil, 20778, j, dedupeHash(sum[:16])),
		"entry J 258":                entryKey(nil, j, 258),
		`device J "d1"`:              deviceKey(nil, juliet, "d1"),
		"link key 000102...":         linkKey(nil, link),
		"counters J":                 accountKey(nil, tableCounters, juliet),
		"roster J R":                 rosterKey(nil, juliet, romeo),
		`space "vcard" J 00`:         spaceKey(nil, "vcard", juliet, []byte{0}),
		`space "a NUL b" server "k"`: spaceKey(nil, "a\x00b", jid.JID{}, []byte("k")),
		"stream J 00...":             streamKey(nil, tableStream, juliet, StreamID{}),
		"stream in J 00...":          streamKey(nil, tableStreamIn, juliet, StreamID{}),
		"stream out J 00...":         streamKey(nil, tableStreamOut, juliet, StreamID{}),
		`secret "scram"`:             secretKey(nil, "scram"),
	}
	doc, err := os.ReadFile("KEYS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, examples, _ := strings.Cut(string(doc), "```\n")
	examples, _, _ = strings.Cut(examples, "```")
	for line := range strings.Lines(examples) {
		name := strings.TrimSpace(line[:31])
		got, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(line[31:]), " ", ""))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(got, want[name]) {
			t.Errorf("%s:\nKEYS.md %x\ncode    %x", name, got, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("KEYS.md lacks %s", name)
	}
}

// hostileString favours the bytes that mean something in keys.
func hostileString(rng *rand.Rand) string {
	const bytes = "\x00\x00\x01\xff\xfeab@/."
	s := make([]byte, rng.IntN(6))
	for i := range s {
		s[i] = bytes[rng.IntN(len(bytes))]
	}
	return string(s)
}

// TestKeyStringsKeepOrder: encoded strings sort as the strings do, none is a
// prefix of another one, and they come back.
func TestKeyStringsKeepOrder(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 20000 {
		a, b := hostileString(rng), hostileString(rng)
		ka := append(appendKeyString(nil, a), hostileString(rng)...)
		kb := append(appendKeyString(nil, b), hostileString(rng)...)
		if a != b && strings.Compare(a, b) != bytes.Compare(ka, kb) {
			t.Fatalf("seed %d: %q and %q sort differently as keys %x and %x", seed, a, b, ka, kb)
		}
		if a != b && bytes.HasPrefix(kb, appendKeyString(nil, a)) {
			t.Fatalf("seed %d: the key of %q is in the range of %q", seed, b, a)
		}
		if back, _, ok := cutKeyString(ka); !ok || string(back) != a {
			t.Fatalf("seed %d: %q came back as %q, %v", seed, a, back, ok)
		}
	}
}

// TestAccountRangesAreApart: the ranges of accounts that look alike do not
// overlap, in any table.
func TestAccountRangesAreApart(t *testing.T) {
	var accounts []jid.JID
	for _, s := range []string{
		"a@b", "a@b.c", "aa@b", "ab", "a", "b", "b.c", "a@bb", "aé@b", "a@b/r", "a@xn--b-1ga",
		"a!@b", "a.b@c", "a@b-c", "\u1d00@b", "a~@b", "a+b@b", "user@localhost", "user@localhost.localdomain",
	} {
		if j, err := jid.Parse(s); err == nil {
			accounts = append(accounts, j.Bare())
		}
	}
	slices.SortFunc(accounts, func(a, b jid.JID) int { return strings.Compare(a.String(), b.String()) })
	accounts = slices.Compact(accounts)
	if len(accounts) < 15 {
		t.Fatalf("only %d of the addresses are valid", len(accounts))
	}
	for _, table := range accountRanges {
		for _, a := range accounts {
			lower := accountKey(nil, table, a)
			upper := prefixEnd(lower)
			for _, b := range accounts {
				for _, rest := range []string{"", "\x00", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
					key := append(accountKey(nil, table, b), rest...)
					inside := bytes.Compare(key, lower) >= 0 && bytes.Compare(key, upper) < 0
					if inside != (a == b) {
						t.Errorf("key %x of %s in the range of %s: %v", key, b, a, inside)
					}
				}
			}
		}
	}
}

func TestDecodeAccount(t *testing.T) {
	for _, s := range []string{"romeo@montague.example", "montague.example", "a@b"} {
		j := jid.MustParse(s)
		got, err := decodeAccount(appendAccount(nil, j))
		if err != nil || got != j {
			t.Errorf("%s came back as %q, %v", j, got, err)
		}
	}
	if got, err := decodeAccount(appendAccount(nil, jid.JID{})); err != nil || !got.IsZero() {
		t.Errorf("the zero JID came back as %q, %v", got, err)
	}
	for _, bad := range []string{"", "a", "a\x00", "a\x00\x01b", "a\x00\x02\x00\x01", "a\x00\x01\x00\x01x"} {
		if j, err := decodeAccount([]byte(bad)); err == nil {
			t.Errorf("%q decoded as %q", bad, j)
		}
	}
}

func TestPrefixEnd(t *testing.T) {
	for _, c := range []struct{ prefix, end string }{
		{"a", "b"}, {"a\xff", "b"}, {"a\x00\x01", "a\x00\x02"}, {"\xff", ""},
	} {
		if got := prefixEnd([]byte(c.prefix)); string(got) != c.end {
			t.Errorf("after %q: %q, not %q", c.prefix, got, c.end)
		}
	}
}
