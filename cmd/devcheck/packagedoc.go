package main

import (
	"fmt"
	"path"
	"regexp"
)

var packageDocRule = Rule{
	Name: "packagedoc",
	Says: "every package has a doc.go with a package comment of two sentences or more",
	Check: func(r *Repo) (found []Finding) {
		docs := make(map[string]*File)
		var packages []string // in the order of the files
		for _, f := range r.Go() {
			pkg := f.Package()
			if _, seen := docs[pkg]; !seen {
				packages, docs[pkg] = append(packages, pkg), nil
			}
			if path.Base(f.Path) == "doc.go" {
				docs[pkg] = f
			}
		}
		for _, pkg := range packages {
			if docs[pkg] == nil {
				found = append(found, Finding{Path: pkg,
					Say: "has no doc.go: write one that says what the package is, its terms, who owns what, where to read next"})
			} else if n := sentences(docs[pkg].AST.Doc.Text()); n < 2 {
				found = append(found, Finding{docs[pkg].Path, 1,
					fmt.Sprintf("the package comment has %d sentence(s): write two or more; a new reader should need nothing else", n)})
			}
		}
		return found
	},
}

// sentenceEnd is a full stop after a word, not after "e.g." or an initial.
var sentenceEnd = regexp.MustCompile("[^.\\s][\\pL\\pN)\\]\"'`][.!?][\"')\\]]*(?:\\s|$)")

func sentences(text string) int { return len(sentenceEnd.FindAllString(text, -1)) }
