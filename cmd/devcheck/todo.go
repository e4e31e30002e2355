package main

import (
	"regexp"
	"strings"
)

var (
	// looseEnd matches a mark at the start of a comment's line, or one with a
	// colon or a name after it; a comment may speak of such marks otherwise.
	looseEnd   = regexp.MustCompile(`(?m)^[ \t]*(?:TODO|FIXME|XXX)\b.*$|\b(?:TODO|FIXME|XXX)[(:].*$`)
	properTodo = regexp.MustCompile(`^TODO (?:RFC \d{4}|XEP-\d{4}) §\S+: \S`)
)

var todoRule = Rule{
	Name: "todo",
	Says: "what is missing is a gap in a standard, and its mark names the section",
	Check: func(r *Repo) (found []Finding) {
		for _, p := range r.comments() {
			for _, at := range looseEnd.FindAllStringIndex(p.text, -1) {
				mark := strings.TrimSpace(p.text[at[0]:at[1]])
				if !properTodo.MatchString(mark) {
					found = append(found, p.find(at[0],
						mark+": write // TODO RFC nnnn §x: … or // TODO XEP-nnnn §x: …, or do it"))
				}
			}
		}
		return found
	},
}
