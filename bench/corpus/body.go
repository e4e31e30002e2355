package corpus

import (
	_ "embed" // the bodies
	"strings"
	"sync"
)

//go:embed bodies.tsv
var bodiesFile string

// bodies returns the bodies of each language.
var bodies = sync.OnceValue(func() map[string][]string {
	all := make(map[string][]string)
	for line := range strings.Lines(bodiesFile) {
		language, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		all[language] = append(all[language], text)
	}
	return all
})

// bodyShares says in how many of a hundred messages a language is used.
var bodyShares = []struct {
	language string
	percent  int
}{{"en", 69}, {"zh", 11}, {"ru", 5}, {"uk", 3}, {"de", 6}, {"emoji", 6}}

// body returns what somebody might write.
func (w *writer) body() string {
	n := w.IntN(100)
	for _, s := range bodyShares {
		if n -= s.percent; n < 0 {
			text := pick(w, bodies()[s.language])
			if s.language == "en" && w.chance(10) {
				text += "\n" + pick(w, bodies()[s.language])
			}
			return text
		}
	}
	panic("corpus: the shares of languages do not make up a hundred")
}
