package main

import "testing"

func TestTopLevel(t *testing.T) {
	r := files{
		".ci/run":          "",
		"README.md":        "",
		"internal/a/a.go":  "package a\n",
		"internal/b/b.go":  "package b\n",
		"Makefile":         "",
		"cmd/edge/main.go": "package main\n",
		"scratch.txt":      "",
	}.repo()
	r.Files[len(r.Files)-1].Tracked = false
	wantFindings(t, toplevelRule, r,
		"Makefile: does not belong at the top level: move it into one of",
		"internal: does not belong")
}
