package main

import (
	"bufio"
	"embed"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed phrases.tsv
var phrases embed.FS // made for this project

// text is one message or sentence.
type text struct {
	lang   string
	source string // and author
	author int32  // or dialogue, or the text itself where its source names neither; at least 1
	held   bool   // kept out of the training
	gain   float32
	body   string
}

// source is a file of the corpora.
type source struct {
	file string
	// line makes a text of line n: its language, its author or dialogue, and the text, which is empty if there is none.
	line func(n int, columns []string) (lang, author, body string)
	// together is how many lines that are neighbours are kept out together, where lines name no author; 0: none is kept out.
	together int
	// gain is how often each text counts.
	gain float32
}

var sources = []source{
	{"irc-ubuntu.tsv", irc, 1, 1.8},
	{"xpersona.tsv", dialogue(4), 1, 1},
	{"chatterbot.tsv", dialogue(3), 1, 1},
	{"phrases.tsv", phrase, 0, 10},
	{"sms-spam.txt", lines("en"), 20, 10},
	{"tatoeba-en.tsv", tatoeba("en"), 1, 0.5},
	{"tatoeba-zh.tsv", tatoeba("zh"), 1, 1},
	{"tatoeba-ar.tsv", tatoeba("ar"), 1, 1},
	{"tatoeba-hi.tsv", tatoeba("hi"), 1, 1},
	{"commonvoice-es.txt", lines("es"), 50, 1},
	{"commonvoice-ru.txt", lines("ru"), 20, 1},
	{"commonvoice-uk.txt", lines("uk"), 50, 1},
	{"commonvoice-ja.txt", lines("ja"), 50, 1},
	{"commonvoice-ko.txt", lines("ko"), 50, 1},
	{"commonvoice-fa.txt", lines("fa"), 50, 1},
	{"commonvoice-th.txt", lines("th"), 20, 1},
	{"commonvoice-ta.txt", lines("ta"), 50, 1},
	{"commonvoice-pt.txt", lines("pt"), 50, 1},
	{"commonvoice-zh-TW.txt", lines("zh-Hant"), 50, 1},
	{"emoji-made.txt", lines("emoji"), 20, 1},
}

// address is the name with which those in IRC say whom they mean.
var address = regexp.MustCompile(`^\S+[:,]\s+`)

// personal is what may be somebody's number or address: such texts are left out.
var personal = regexp.MustCompile(`[0-9]{5}|\S@\S`)

func irc(_ int, c []string) (lang, author, body string) {
	if c[2] != "msg" {
		return "", "", ""
	}
	return "en", c[0] + c[3], address.ReplaceAllString(c[4], "") // speakers are numbered by the day
}

func dialogue(text int) func(int, []string) (string, string, string) {
	return func(_ int, c []string) (string, string, string) { return c[0], c[0] + c[1], c[text] }
}

func tatoeba(lang string) func(int, []string) (string, string, string) {
	return func(_ int, c []string) (string, string, string) { return lang, c[2], c[0] }
}

func lines(lang string) func(int, []string) (string, string, string) {
	return func(n int, c []string) (string, string, string) { return lang, fmt.Sprint(n), c[0] }
}

func phrase(n int, c []string) (lang, author, body string) { return c[0], fmt.Sprint(n), c[1] }

// read returns the texts of all sources, those of one author only once, without what may be personal. Held out is every tenth author, and whoever has one of the texts in the file bodies.
func read(dir, bodies string) (all []text, err error) {
	banned := make(map[string]bool)
	err = eachLine(os.DirFS(path.Dir(bodies)), path.Base(bodies), func(_ int, l string) {
		_, body, _ := strings.Cut(l, "\t")
		banned[squeeze(body)] = true
	})
	authors := make(map[uint64]int32)
	for _, s := range sources {
		if err != nil {
			return nil, err
		}
		files := os.DirFS(dir)
		if s.file == "phrases.tsv" {
			files = phrases
		}
		from := len(all)
		held := make(map[int32]bool)
		seen := make(map[uint64]bool)
		err = eachLine(files, s.file, func(n int, l string) {
			columns := strings.Split(l, "\t")
			lang, author, body := s.line(n, columns)
			body = strings.TrimSpace(body)
			if body == "" {
				return
			}
			key := hash(s.file, author)
			if authors[key] == 0 {
				authors[key] = int32(len(authors) + 1)
			}
			id := authors[key]
			held[id] = held[id] || s.out(n, author) || slices.ContainsFunc(columns, func(c string) bool { return banned[squeeze(c)] })
			if h := hash(s.file, author, body); !seen[h] && !personal.MatchString(body) {
				seen[h] = true
				all = append(all, text{lang, s.file + " " + author, id, false, s.gain, body})
			}
		})
		for i := range all[from:] {
			all[from+i].held = held[all[from+i].author]
		}
	}
	return all, err
}

// out reports whether an author, or a number of lines, is of those that are kept out.
func (s *source) out(n int, author string) bool {
	switch s.together {
	case 0:
		return false
	case 1:
		return hash(s.file, "split", author)%10 == 0
	}
	return hash(s.file, "split", fmt.Sprint(n/s.together))%10 == 0
}

// squeeze is a text without its blanks.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func hash(s ...string) uint64 {
	h := fnv.New64a()
	for _, s := range s {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

func eachLine(files fs.FS, name string, line func(n int, l string)) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewScanner(f)
	r.Buffer(nil, 1<<20)
	for n := 0; r.Scan(); n++ {
		line(n, r.Text())
	}
	return r.Err()
}
