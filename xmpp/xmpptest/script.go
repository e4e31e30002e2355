package xmpptest

import (
	"fmt"
	"regexp"
	"strings"
)

// step is one line of a dialogue with the indented block under it.
type step struct {
	line   int
	text   string // the line, without comment
	before string // comments and empty lines before it, kept by rewriting
	verb   *verb
	args   []string
	block  string
}

// section is a part of a file that has a server of its own.
type section struct {
	title string
	steps []*step
	tail  string // comments after the last step
}

// verb is a form of line.
type verb struct {
	form     *regexp.Regexp
	block    bool // an indented block follows
	expects  bool // it says what is received; rewriting makes it anew
	run      func(r *runner, s *step) error
	silences bool // "receives nothing"
}

const clientForm = `([^\s/']+/\S+?)`

// parse reads a dialogue.
func parse(file string) (sections []*section, err error) {
	current := &section{}
	sections = append(sections, current)
	before := ""
	lines := strings.Split(strings.TrimSuffix(file, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch trimmed := strings.TrimSpace(line); {
		case strings.HasPrefix(line, "--- "):
			current.tail, before = before, ""
			current = &section{title: strings.TrimPrefix(line, "--- ")}
			sections = append(sections, current)
		case trimmed == "", strings.HasPrefix(line, "#"):
			before += line + "\n"
		case line != strings.TrimLeft(line, " \t"):
			return nil, fmt.Errorf("line %d: an indented line that belongs to nothing", i+1)
		default:
			s := &step{line: i + 1, text: trimmed, before: before}
			before = ""
			if s.verb, s.args = findVerb(s.text); s.verb == nil {
				return nil, fmt.Errorf("line %d: what is %q?", i+1, s.text)
			}
			if s.verb.block {
				s.block, i = readBlock(lines, i)
			}
			current.steps = append(current.steps, s)
		}
	}
	current.tail = before
	return sections, nil
}

// readBlock returns the indented lines after line i without their first tab, and the index of the last one.
func readBlock(lines []string, i int) (string, int) {
	var block []string
	for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "\t") {
		i++
		block = append(block, strings.TrimPrefix(lines[i], "\t"))
	}
	return strings.Join(block, "\n"), i
}

func findVerb(text string) (*verb, []string) {
	for i := range verbs {
		if m := verbs[i].form.FindStringSubmatch(text); m != nil {
			return &verbs[i], m[1:]
		}
	}
	return nil, nil
}

// write returns the dialogue as text.
func write(sections []*section) string {
	var b strings.Builder
	for _, s := range sections {
		if s.title != "" {
			b.WriteString("--- " + s.title + "\n")
		}
		for _, st := range s.steps {
			b.WriteString(st.before + st.text + "\n")
			if st.verb.block {
				b.WriteString("\t" + strings.ReplaceAll(st.block, "\n", "\n\t") + "\n")
			}
		}
		b.WriteString(s.tail)
	}
	return b.String()
}

// cutName splits the name of a client, or of an account.
func cutName(name string) (local, resource string, full bool) { return strings.Cut(name, "/") }
