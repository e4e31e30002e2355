package im

import (
	"fmt"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// BenchmarkRuled is what the largest preferences cost with each message, on the committer.
func BenchmarkRuled(b *testing.B) {
	f := newFixture(b, Options{})
	var r ArchiveRules
	for i := range 400 {
		j := jid.MustParse(fmt.Sprintf("%s%d@example.org/%s", strings.Repeat("ä", 150), i, strings.Repeat("ö", 150)))
		if i%2 == 0 {
			r.Always = append(r.Always, j)
		} else {
			r.Never = append(r.Never, j)
		}
	}
	f.do(func(tx *store.Tx) error { return SaveArchiveRules(tx, orchard.Bare(), r) })
	e := store.Entry{Account: orchard.Bare(), With: balcony}
	f.do(func(tx *store.Tx) error {
		for range b.N {
			if _, err := ruled(tx, &e); err != nil {
				return err
			}
		}
		return nil
	})
}
