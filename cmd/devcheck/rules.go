package main

import "fmt"

// A Rule is one thing this repository demands of itself.
type Rule struct {
	Name  string                // short, the subtest's name
	Says  string                // the demand, one sentence
	Check func(*Repo) []Finding // must not change the Repo; may run beside other rules
}

// A Finding is one place where a rule is broken.
type Finding struct {
	Path string // slash-separated, relative to the root
	Line int    // counted from 1; 0 means the file as a whole
	Say  string // what is wrong and what to write instead
}

// String formats the finding as path:line: text, which editors can follow.
func (f Finding) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.Path, f.Say)
	}
	return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Say)
}

// rules lists every rule, the slow ones first so that they overlap with the
// rest when rules run in parallel.
var rules = []Rule{
	staticcheckRule,
	vetRule,
	gofmtRule,
	arrowsRule,
	librariesRule,
	clientRule,
	randRule,
	pureRule,
	packageDocRule,
	exportedRule,
	configRule,
	citationsRule,
	citationFormRule,
	todoRule,
	lengthRule,
	generatedRule,
	wordsRule,
	toplevelRule,
}
