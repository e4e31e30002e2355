package main

import (
	"regexp"
	"strings"
)

var (
	citedDoc     = regexp.MustCompile(`\b(RFC\s+\d{3,5}|XEP-\d{4})\b`)
	citedSection = regexp.MustCompile(`^(?:[\s,;–-]|and\b|or\b|to\b)*§§?\s*([A-Z]?[\w.]*)`)
	sectionToken = regexp.MustCompile(`^(?:\d+|[A-Z])(?:\.\d+)*$`)
)

var citationsRule = Rule{
	Name: "citations",
	Says: "every section that a comment or a page cites exists",
	Check: func(r *Repo) (found []Finding) {
		for _, p := range r.prose() {
			for _, at := range citedDoc.FindAllStringIndex(p.text, -1) {
				doc := strings.Join(strings.Fields(p.text[at[0]:at[1]]), " ")
				for _, number := range sectionsAfter(p.text[at[1]:]) {
					if say := judgeCitation(doc, number); say != "" {
						found = append(found, p.find(at[0], say))
					}
				}
			}
		}
		return found
	},
}

// sectionsAfter returns the sections named directly after a document, as in
// "§4.3, §4.4 and §5".
func sectionsAfter(text string) (numbers []string) {
	for {
		m := citedSection.FindStringSubmatchIndex(text)
		if m == nil {
			return numbers
		}
		numbers = append(numbers, strings.TrimRight(text[m[2]:m[3]], "."))
		text = text[m[1]:]
	}
}

// judgeCitation says what is wrong with citing a section; nothing wrong is "".
func judgeCitation(doc, number string) string {
	known := sections()[doc]
	switch {
	case !sectionToken.MatchString(number):
		return "cites " + doc + " §" + number + ": write § and the section's number, as in " + doc + " §4.2 or §A.1"
	case known == nil:
		return "cites " + doc + " §" + number + ", which the index does not know: correct it, cite the document without a section, or add its text to the index with go run ./cmd/devcheck -sections"
	case !known[number]:
		return "cites " + doc + " §" + number + ", which does not exist: look it up, the section may have moved"
	}
	return ""
}
