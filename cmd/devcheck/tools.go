package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var vetRule = Rule{
	Name:  "vet",
	Says:  "go vet ./... finds nothing",
	Check: func(r *Repo) []Finding { return runTool(r.Root, "", "go", "vet", "./...") },
}

var staticcheckRule = Rule{
	Name:  "staticcheck",
	Says:  "go tool staticcheck ./... finds nothing",
	Check: func(r *Repo) []Finding { return runTool(r.Root, "", "go", "tool", "staticcheck", "./...") },
}

// gofmtRule runs the gofmt that comes with the go command: the -s of gofmt is
// not part of go/format.
var gofmtRule = Rule{
	Name: "gofmt",
	Says: "every Go file is as gofmt -s writes it",
	Check: func(r *Repo) []Finding {
		gofmt, err := gofmtPath()
		if err != nil {
			return []Finding{{Path: "gofmt", Say: err.Error()}}
		}
		args := []string{"-s", "-l"}
		for _, f := range r.Files {
			if strings.HasSuffix(f.Path, ".go") {
				args = append(args, filepath.FromSlash(f.Path))
			}
		}
		if len(args) == 2 {
			return nil // with no file named, gofmt reads standard input
		}
		return runTool(r.Root, "not as gofmt -s writes it: run gofmt -s -w ", gofmt, args...)
	},
}

// gofmtPath returns the gofmt of the running go command's own toolchain.
func gofmtPath() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	return filepath.Join(strings.TrimSpace(string(out)), "bin", "gofmt"), err
}

// runTool runs a command in a folder and makes a finding of each line it
// prints. A line with no position in it becomes a path with the text nameOnly,
// which ends before that path.
func runTool(dir, nameOnly, name string, args ...string) []Finding {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	var found []Finding
	for line := range strings.Lines(string(out)) {
		if f, ok := toolFinding(strings.TrimSpace(line), nameOnly); ok {
			found = append(found, f)
		}
	}
	if err != nil && len(found) == 0 {
		found = append(found, Finding{Path: filepath.Base(name) + " " + strings.Join(args, " "), Say: err.Error()})
	}
	return found
}

var (
	toolLine = regexp.MustCompile(`^(?:vet: )?(\S+?):(\d+):(?:\d+:)? (.*)$`)
	heading  = regexp.MustCompile(`^(?:-: )?# |^go: downloading `)
)

// toolFinding reads one line of a tool's output. The go command's headings
// ("# package") and its news of downloads are no findings.
func toolFinding(line, nameOnly string) (Finding, bool) {
	if m := toolLine.FindStringSubmatch(line); m != nil {
		n, _ := strconv.Atoi(m[2])
		return Finding{Path: filepath.ToSlash(m[1]), Line: n, Say: m[3]}, true
	}
	switch {
	case line == "", heading.MatchString(line):
		return Finding{}, false
	case nameOnly != "":
		return Finding{Path: filepath.ToSlash(line), Say: nameOnly + line}, true
	}
	return Finding{Path: "output", Say: line}, true
}
