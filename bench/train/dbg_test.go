package main

import (
	"fmt"
	"testing"

	"github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/codec/pack"
)

func TestDbg(t *testing.T) {
	h := map[int]int{}
	n := 0
	for _, s := range corpus.Sessions(99, 100, 400, archiveID, nil) {
		j := -1
		run(func() *pack.Encoder { return new(pack.Encoder) }, func() *pack.Decoder { return new(pack.Decoder) }, items(s), func(i item, l int) {
			j++
			if i.kind == "state" && i.up {
				h[l]++
				if l > 8 && n < 12 {
					n++
					fmt.Println(l, string(s.Stanzas[j].XML))
				}
			}
		})
	}
	fmt.Println(h)
}
