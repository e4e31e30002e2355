package main

import "strings"

// topLevel is all that the root of the repository may hold.
const topLevel = "edge codec xmpp store cmd bench fuzz go.mod go.sum README.md LICENSE .gitignore .ci"

var toplevelRule = Rule{
	Name: "toplevel",
	Says: "the top level holds " + topLevel + " and nothing else",
	Check: func(r *Repo) (found []Finding) {
		seen := make(map[string]bool)
		for _, f := range r.Files {
			name, _, _ := strings.Cut(f.Path, "/")
			if f.Tracked && !seen[name] && !inAny(topLevel, name) {
				found = append(found, Finding{name, 0, "does not belong at the top level: move it into one of " + topLevel})
			}
			seen[name] = true
		}
		return found
	},
}
