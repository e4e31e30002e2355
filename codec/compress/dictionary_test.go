package compress

import (
	"bytes"
	"cmp"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

var rewrite = flag.Bool("rewrite", false, "write the generated files anew")

// TestDictionaryIsGenerated makes the dictionary from the examples of the XEPs and the table of atoms.
func TestDictionaryIsGenerated(t *testing.T) {
	want := makeDictionary()
	if *rewrite {
		if err := os.WriteFile("dictionary.txt", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(Dictionary, want) {
		t.Errorf("dictionary.txt is not what is generated: as it is a part of the format, its change needs another method")
	}
}

// piece is a candidate for the dictionary.
type piece struct {
	text  string
	score int
}

// makeDictionary takes the pieces with the highest scores, up to the window's size, the best last.
func makeDictionary() []byte {
	pieces := append(exampleScores(), atomScores()...)
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.text, b.text)) })
	var taken []string
	have := ""
	for _, p := range pieces {
		if strings.Contains(have, p.text) {
			continue
		}
		if len(have)+len(p.text) > maxWindow {
			break
		}
		taken, have = append(taken, p.text), have+p.text
	}
	slices.Reverse(taken)
	return []byte(strings.Join(taken, ""))
}

// exampleScores counts the pieces of tags in the examples, at most 8 times for each XEP, and weighs them by what a match of them saves.
func exampleScores() (pieces []piece) {
	const most, matchCost = 8, 3
	counts := map[string]map[string]int{}
	for _, e := range corpus.XEPExamples() {
		for _, tag := range tagForm.FindAllString(string(e.XML), -1) {
			for _, text := range split(tag) {
				if counts[text] == nil {
					counts[text] = map[string]int{}
				}
				counts[text][e.XEP] = min(counts[text][e.XEP]+1, most)
			}
		}
	}
	for text, byXEP := range counts {
		n := 0
		for _, c := range byXEP {
			n += c
		}
		if n > 1 && len(text) > matchCost {
			pieces = append(pieces, piece{text, n * (len(text) - matchCost)})
		}
	}
	return pieces
}

// atomScores weighs the namespaces in the table of atoms, which has the frequent ones first.
func atomScores() (pieces []piece) {
	for a := atom.Atom(1); a.String() != ""; a++ {
		if ns := a.String(); strings.Contains(ns, ":") {
			pieces = append(pieces, piece{" xmlns='" + ns + "'", 400 / int(a) * len(ns)})
		}
	}
	return pieces
}

var (
	tagForm  = regexp.MustCompile(`<[^<>]*>`)
	attrForm = regexp.MustCompile(`([\w:.-]+)\s*=\s*(?:'([^']*)'|"([^"]*)")`)
	constant = regexp.MustCompile(`^(xmlns.*|type|hash|var|category|affiliation|role|subscription)$`) // attributes whose values repeat
)

// split cuts a tag where it has a value that does not repeat, and writes it as our encoder does.
func split(tag string) (pieces []string) {
	if strings.HasPrefix(tag, "</") {
		return []string{tag}
	}
	name, rest, _ := strings.Cut(strings.Trim(tag, "<>"), " ")
	text := "<" + strings.TrimSuffix(name, "/")
	for _, m := range attrForm.FindAllStringSubmatch(rest, -1) {
		key, value := m[1], m[2]+m[3]
		if text += " " + key + "='"; constant.MatchString(key) {
			text += value + "'"
			continue
		}
		pieces = append(pieces, text)
		text = "'"
	}
	if strings.HasSuffix(tag, "/>") {
		text += "/"
	}
	return append(pieces, text+">")
}
