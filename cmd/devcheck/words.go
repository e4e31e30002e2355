package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// forbidden are words that belong to one machine and have no place in the
// repository. They are split so that this file does not contain them.
var forbidden = []string{
	"/wo" + "rk/",
	"/ro" + "ot/",
	"proxy.go" + "lang.org",
	".lib" + "rary",
	"fa" + "rm-",
}

// forbiddenWord matches any of them. One that begins with a slash or a dot
// must begin a path: inside a URL or a name it is harmless.
var forbiddenWord = func() *regexp.Regexp {
	var quoted []string
	for _, w := range forbidden {
		q := regexp.QuoteMeta(w)
		if w[0] < 'a' {
			q = `(?:^|[^\w.-])` + q
		}
		quoted = append(quoted, q)
	}
	return regexp.MustCompile(strings.Join(quoted, "|"))
}()

var wordsRule = Rule{
	Name: "words",
	Says: "no tracked file names the machine it was written on",
	Check: func(r *Repo) (found []Finding) {
		for _, f := range r.Files {
			if !f.Tracked {
				continue
			}
			for _, at := range forbiddenWord.FindAllIndex(f.Text, -1) {
				found = append(found, Finding{f.Path, 1 + bytes.Count(f.Text[:at[1]], []byte("\n")),
					fmt.Sprintf("%q belongs to one machine: write a path inside the repository, or leave it out", f.Text[at[0]:at[1]])})
			}
		}
		return found
	},
}
