package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sectionsHead opens the index and says where its contents come from.
const sectionsHead = `# The numbers of all sections of the RFCs and XEPs we may cite, one document a line.
# Made by: go run ./cmd/devcheck -sections FOLDER
# FOLDER held rfcNNNN.txt, whole and unchanged from Debian's doc-rfc packages (version 20230121),
# and xep-NNNN.md, turned into Markdown from the XSF's sources (github.com/xsf/xeps, commit
# 3ad7aaaa3424 of 30 June 2026) with the section numbers of the published pages.
`

var (
	rfcName = regexp.MustCompile(`^rfc(\d+)\.txt$`)
	xepName = regexp.MustCompile(`^xep-(\d{4})\.md$`)
)

// writeSections prints the section index of all RFCs and XEPs in a folder and
// the folders below it.
func writeSections(w io.Writer, folder string) error {
	var lines []string
	err := filepath.WalkDir(folder, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		line, err := indexLine(file)
		if line != "" {
			lines = append(lines, line)
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(lines)
	_, err = io.WriteString(w, sectionsHead+strings.Join(slices.Compact(lines), "\n")+"\n")
	return err
}

// indexLine returns the line for one file, or "" if it is neither an RFC nor a
// XEP.
func indexLine(file string) (string, error) {
	name := path.Base(filepath.ToSlash(file))
	var doc string
	var read func(string) []string
	if m := rfcName.FindStringSubmatch(name); m != nil {
		doc, read = "RFC "+m[1], rfcSections
	} else if m := xepName.FindStringSubmatch(name); m != nil {
		doc, read = "XEP-"+m[1], xepSections
	} else {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %s", doc, strings.Join(read(string(text)), " ")), nil
}

// rfcHeading matches a heading at the left margin, or an entry of the table of
// contents (indented, with a page number after dots).
var rfcHeading = regexp.MustCompile(
	`^(?:Appendix )?(\d+(?:\.\d+)*|[A-Z](?:\.\d+)+|[A-Z])\.?[ \t]+\S|` +
		`^[ \t]+(?:Appendix )?(\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)\.?[ \t]+\S.*(?:\. ?){2}\s*\d+$`)

// rfcSections returns the section numbers of an RFC's text. Most headings stand
// in the table of contents and again at the left margin, but deep ones often
// only there, and those of the oldest RFCs only here. Lists and tables at the
// left margin look like headings too: a number counts only if its parent and
// the sibling before it have been seen.
func rfcSections(text string) []string {
	var list sectionList
	for line := range strings.Lines(text) {
		if m := rfcHeading.FindStringSubmatch(strings.TrimRight(line, " \r\n")); m != nil {
			list.offer(m[1] + m[2])
		}
	}
	return list.sorted()
}

var xepHeading = regexp.MustCompile(`^##+ (\d+(?:\.\d+)*)\.? `)

// xepSections returns the section numbers of a XEP in Markdown, whose headings
// carry them.
func xepSections(text string) []string {
	var list sectionList
	scan := bufio.NewScanner(strings.NewReader(text))
	scan.Buffer(nil, len(text)+1)
	for scan.Scan() {
		if m := xepHeading.FindStringSubmatch(scan.Text()); m != nil {
			list.offer(m[1])
		}
	}
	return list.sorted()
}

// A sectionList collects section numbers that follow one another.
type sectionList struct{ seen map[string]bool }

// offer adds a number unless its place in the document is impossible.
func (l *sectionList) offer(number string) {
	if l.seen == nil {
		l.seen = map[string]bool{"": true}
	}
	parent, last := "", number
	if dot := strings.LastIndexByte(number, '.'); dot >= 0 {
		parent, last = number[:dot], number[dot+1:]
	}
	first := last == "1" || last == "A"
	if l.seen[parent] && (first || l.seen[join(parent, before(last))]) {
		l.seen[number] = true
	}
}

// before returns the component that precedes one of a section number, or a
// string that is none.
func before(last string) string {
	if n, err := strconv.Atoi(last); err == nil && last[0] != '0' {
		return strconv.Itoa(n - 1)
	}
	return string(last[0] - 1)
}

func join(parent, last string) string {
	if parent == "" {
		return last
	}
	return parent + "." + last
}

// sorted returns the numbers in the order of the document.
func (l *sectionList) sorted() []string {
	delete(l.seen, "")
	list := make([]string, 0, len(l.seen))
	for n := range l.seen {
		list = append(list, n)
	}
	slices.SortFunc(list, compareSections)
	return list
}

// compareSections orders section numbers: part by part, appendices last.
func compareSections(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	return slices.CompareFunc(as, bs, func(x, y string) int {
		if d := len(x) - len(y); d != 0 && x[0] <= '9' && y[0] <= '9' {
			return d
		}
		return strings.Compare(x, y)
	})
}
