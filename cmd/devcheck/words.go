package main

import (
	"bytes"
	"fmt"
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

var wordsRule = Rule{
	Name: "words",
	Says: "no tracked file names the machine it was written on",
	Check: func(r *Repo) (found []Finding) {
		for _, f := range r.Files {
			if !f.Tracked {
				continue
			}
			for _, w := range forbidden {
				for _, at := range occurrences(f.Text, w) {
					found = append(found, Finding{f.Path, 1 + bytes.Count(f.Text[:at], []byte("\n")),
						fmt.Sprintf("%q belongs to one machine: write a path inside the repository, or leave it out", w)})
				}
			}
		}
		return found
	},
}

// occurrences returns where text has the word w. One that begins with a slash
// or a dot must begin a path: inside a URL or a name it is harmless.
func occurrences(text []byte, w string) (offsets []int) {
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte(w))
		if i < 0 {
			return offsets
		}
		at := from + i
		from = at + len(w)
		if inName(w[0]) || at == 0 || !inName(text[at-1]) && text[at-1] != '.' {
			offsets = append(offsets, at)
		}
	}
}

// inName reports whether c may be part of a name in a path.
func inName(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}
