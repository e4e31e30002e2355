package main

import (
	"path"
	"strings"
)

// A passage is a run of prose in a file: a comment in Go, or a whole Markdown
// page.
type passage struct {
	file *File
	line int    // of its first line
	text string // without comment signs, its line breaks kept
}

// prose returns all comments and Markdown pages outside testdata.
func (r *Repo) prose() []passage {
	all := r.comments()
	for _, f := range r.Files {
		if path.Ext(f.Path) == ".md" && !f.InTestdata() {
			all = append(all, passage{f, 1, string(f.Text)})
		}
	}
	return all
}

// comments returns the comments of all Go files.
func (r *Repo) comments() (all []passage) {
	for _, f := range r.Go() {
		for _, group := range f.AST.Comments {
			var text []string
			for _, c := range group.List {
				text = append(text, uncomment(c.Text))
			}
			all = append(all, passage{f, r.Line(group.Pos()), strings.Join(text, "\n")})
		}
	}
	return all
}

// uncomment takes the signs off one comment.
func uncomment(c string) string {
	if line, ok := strings.CutPrefix(c, "//"); ok {
		return line
	}
	return strings.TrimSuffix(strings.TrimPrefix(c, "/*"), "*/")
}

// find makes a Finding at a byte offset of the passage.
func (p passage) find(offset int, say string) Finding {
	return Finding{p.file.Path, p.line + strings.Count(p.text[:offset], "\n"), say}
}
