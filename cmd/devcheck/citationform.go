package main

import "regexp"

// wrongForms are the ways to cite that a search for "RFC 6120 §4" misses, each
// with what to write.
var wrongForms = []struct {
	form *regexp.Regexp
	say  string
}{
	// Not time.RFC3339, nor a part of a path or a name.
	{regexp.MustCompile(`(?:^|[^.\w/-])(RFC-?\d{3,5})\b`), "write RFC nnnn, with a space"},
	{regexp.MustCompile(`\b(XEP\s?\d+|XEP-\d{1,3}|XEP-\d{5,})\b`), "write XEP-nnnn, with a hyphen and four digits"},
	{regexp.MustCompile(`\b((?:RFC\s+\d+|XEP-\d+),?\s+\(?(?i:sections?|sect?\.|chapter|appendix|clause)\s+[\dA-Z])`), "write § for section, as in RFC 6120 §4.3, RFC 6121 §A.1 or XEP-0198 §5"},
	{regexp.MustCompile(`\b((?i:sections?|sect?\.|chapter|appendix)\s+[\dA-Z][\d.]*,?\s+(?:of|in)\s+(?:RFC|XEP))`), "name the document first, as in RFC 6120 §4.3, RFC 6121 §A.1 or XEP-0198 §5"},
	{regexp.MustCompile(`(§\s*[\dA-Z][\d.]*\s+(?:of|in)\s+(?:RFC|XEP))`), "name the document first, as in RFC 6120 §4.3 or XEP-0198 §5"},
	{regexp.MustCompile(`\b((?:RFC\s+\d{4}|XEP-\d{4}),?[ \t]+\d+\.\d)`), "put § before the number, as in RFC 6120 §4.3 or XEP-0198 §5"},
}

var citationFormRule = Rule{
	Name: "citationform",
	Says: "citations have the form RFC nnnn §x.y or XEP-nnnn §x.y",
	Check: func(r *Repo) (found []Finding) {
		for _, p := range r.prose() {
			for _, w := range wrongForms {
				for _, at := range w.form.FindAllStringSubmatchIndex(p.text, -1) {
					found = append(found, p.find(at[2], p.text[at[2]:at[3]]+": "+w.say))
				}
			}
		}
		return found
	},
}
