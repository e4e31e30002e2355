package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"log"
	"os"
	"regexp"
	"slices"
	"strings"
)

// The model's bounds, and how it is brought into the first: by throwing out what saves less and less for each bit that it takes.
const (
	maxBytes  = 300 << 10
	depth     = 3 // of the longest context
	firstRate = 0.5
	faster    = 1.05
)

func main() {
	log.SetFlags(0)
	dir := flag.String("corpora", "", "the folder of the corpora")
	bodies := flag.String("bodies", "bench/corpus/bodies.tsv", "texts whose authors are kept out of the training")
	out := flag.String("out", "codec/pack/text/model.bin", "where the model goes")
	held := flag.String("heldout", "", "where texts go that were kept out of the training, for tests")
	flag.Parse()
	if err := run(*dir, *bodies, *out, *held); err != nil {
		log.Fatal(err)
	}
}

func run(dir, bodies, out, held string) error {
	texts, err := read(dir, bodies)
	if err != nil {
		return err
	}
	if held != "" {
		if err := os.WriteFile(held, heldOut(texts), 0o644); err != nil {
			return err
		}
	}
	model := train(texts)
	return os.WriteFile(out, model, 0o644)
}

func train(texts []text) []byte {
	t := grow(newAlphabet(texts), texts)
	r := t.estimate()
	var model []byte
	for rate := firstRate; model == nil || len(model) > maxBytes; rate *= faster {
		t.prune(r, rate)
		r = t.estimate()
		contexts, entries := t.size()
		model = t.pack(r)
		log.Printf("%d symbols, %d contexts, %d entries, %d bytes", len(t.runes), contexts, entries, len(model))
	}
	return model
}

// heldOut returns a part of the texts that were kept out, as languages, sources and texts.
func heldOut(texts []text) []byte {
	const most = 150 // of a language
	texts = slices.Clone(texts)
	slices.SortStableFunc(texts, func(a, b text) int { return cmp.Compare(hash(a.body), hash(b.body)) })
	count := make(map[string]int)
	var b bytes.Buffer
	for _, x := range texts {
		// Addresses, numbers and paths may be somebody's.
		if x.held && len(x.body) < 400 && count[x.lang] < most && !private.MatchString(x.body) && !strings.HasPrefix(x.source, "sms") {
			count[x.lang]++
			fmt.Fprintf(&b, "%s\t%s\t%s\n", x.lang, x.source, x.body)
		}
	}
	return b.Bytes()
}

var private = regexp.MustCompile(`[0-9]{4}|[/\\]|\.[a-z]`)
