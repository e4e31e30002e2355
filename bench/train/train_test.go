package main

import (
	"fmt"
	"sort"
	"testing"

	"github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/codec/pack"
)

func TestMeasure(t *testing.T) {
	type row struct{ n, xml, lit, out int }
	rows := map[string]*row{}
	total := row{}
	for _, s := range corpus.Sessions(99, 100, 400, archiveID, nil) {
		err := run(func() *pack.Encoder { return new(pack.Encoder) }, func() *pack.Decoder { return new(pack.Decoder) }, items(s), domainOf(s), false, func(i item, n int) {
			k := fmt.Sprintf("%-15s up=%v own=%v", i.kind, i.up, i.own)
			if rows[k] == nil {
				rows[k] = new(row)
			}
			for _, r := range []*row{rows[k], &total} {
				r.n++
				r.xml += i.xml
				r.lit += len(i.b) + 1
				r.out += n
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rows["total"] = &total
	var keys []string
	for k := range rows {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		r := rows[k]
		n := float64(r.n)
		fmt.Printf("%-40s %6d  xml %7.1f  literal %6.1f  packed %6.2f  ratio %.2f\n", k, r.n, float64(r.xml)/n, float64(r.lit)/n, float64(r.out)/n, float64(r.xml)/float64(r.out))
	}
}
