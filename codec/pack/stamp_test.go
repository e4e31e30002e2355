package pack

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Times are what package time makes of them, and what it does not make is none.
func TestStamps(t *testing.T) {
	const form = "2006-01-02T15:04:05Z"
	check := func(at int64) {
		want := time.Unix(at, 0).UTC().Format(form)
		if got := string(appendStamp(nil, at, 0, 0)); got != want {
			t.Fatalf("%d is %s, not %s", at, got, want)
		}
		if got, _, _, ok := parseStamp([]byte(want)); !ok || got != at {
			t.Fatalf("%s is %d, %v, not %d", want, got, ok, at)
		}
	}
	for at := int64(minStamp); at <= maxStamp; at += 7*86400 - 1 {
		check(at)
	}
	check(minStamp)
	check(maxStamp)
	r := rand.New(rand.NewPCG(1, 1))
	for range 50_000 { // many of them no date of a calendar
		b := []byte(form)
		for i := range b {
			if b[i]-'0' <= 9 {
				b[i] = '0' + byte(r.IntN(10))
			}
		}
		for _, i := range []int{5, 8, 11, 14, 17} {
			b[i] = '0' + byte(r.IntN(4))
		}
		want, err := time.Parse(form, string(b))
		at, _, _, ok := parseStamp(b)
		if fits := err == nil && want.Unix() >= minStamp; ok != fits || ok && at != want.Unix() {
			t.Fatalf("%s is %d, %v, not %v, %v", b, at, ok, want, err)
		}
	}
}
