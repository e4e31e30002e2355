package main

import "testing"

func TestWords(t *testing.T) {
	for _, w := range forbidden {
		wantFindings(t, wordsRule, files{"bench/results/idle.md": "a line\nrun in " + w + "x\n"}.repo(),
			"bench/results/idle.md:2: ")
	}
	abs, dot := forbidden[0], forbidden[3]
	wantFindings(t, wordsRule, files{
		"a.sh":  "file://" + abs + "x\nX=" + abs + "x\n",
		"b.xml": "http://example.com" + abs + "\nnet" + abs + "conn\nrow" + dot + "\n",
	}.repo(), "a.sh:1: ", "a.sh:2: ")

	untracked := files{"notes.txt": abs + "x"}.repo()
	untracked.Files[0].Tracked = false
	wantFindings(t, wordsRule, untracked)
}
