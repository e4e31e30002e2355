package main

import (
	"cmp"
	"maps"
	"slices"
	"unicode"
)

// Pieces of words are symbols too, as if they were code points behind the last one: two letters to six, the first of which may be a blank. So texts have fewer symbols, and contexts reach further.
// No more are taken of those that begin alike than the coder looks at.
const (
	pieceCount  = 150
	pieceMax    = 6
	pieceMark   = unicode.MaxRune + 1
	bucketCount = 2
)

// bucketOf is the same for pieces whose first two characters are alike in their lowest five bits.
func bucketOf(p string) int { return int(p[0]&31)<<5 | int(p[1]&31) }

// pieceNumber is a number to the base 128, whose digits are the characters.
func pieceNumber(p string) (n int64) {
	for _, c := range []byte(p) {
		n = n<<7 | int64(c)
	}
	return n
}

// word is one of the texts, perhaps with the blank before it, cut into pieces.
type word struct {
	tally
	pieces []string
}

// pieces returns what is found by joining the two neighbours that occur most, again and again (P. Gage, "A New Algorithm for Data Compression", 1994). Three authors have each.
func pieces(texts []text, most int) (all []string) {
	w := newWords(texts)
	begin := make(map[int]int)
	for len(all) < most {
		best, ok := w.best()
		if !ok {
			break
		}
		p := best[0] + best[1]
		switch known := slices.Contains(all, p); {
		case known:
		case begin[bucketOf(p)] == bucketCount:
			delete(w.uses, best)
			continue
		default:
			begin[bucketOf(p)]++
			all = append(all, p)
		}
		w.join(best)
	}
	return all
}

// words is all words, and how often which pieces are neighbours in them.
type words struct {
	all   []*word
	uses  map[[2]string]float64
	where map[[2]string][]*word // those that have, or have had, these neighbours
}

func newWords(texts []text) *words {
	w := &words{uses: make(map[[2]string]float64), where: make(map[[2]string][]*word)}
	byText := make(map[string]*word)
	for _, x := range texts {
		if x.held {
			continue
		}
		eachWord(x.body, func(s string) {
			if byText[s] == nil {
				byText[s] = &word{}
				for i := range s {
					byText[s].pieces = append(byText[s].pieces, s[i:i+1])
				}
				w.all = append(w.all, byText[s])
			}
			byText[s].add(x.gain, x.author)
		})
	}
	for _, x := range w.all {
		w.count(x, 1)
	}
	return w
}

// eachWord cuts the words of ASCII letters out of a text.
func eachWord(s string, each func(word string)) {
	for i := 0; i < len(s); {
		from := i
		if s[i] == ' ' {
			i++
		}
		begin := i
		for i < len(s) && letter(s[i]) {
			i++
		}
		if i > begin {
			each(s[from:i])
		} else if i == from {
			i++
		}
	}
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// count adds the neighbours in a word, or takes them away.
func (w *words) count(x *word, times float64) {
	for i := 1; i < len(x.pieces); i++ {
		k := [2]string{x.pieces[i-1], x.pieces[i]}
		w.uses[k] += times * float64(x.n)
		if times > 0 {
			w.where[k] = append(w.where[k], x)
		}
	}
}

// best returns the neighbours that occur most, of which a piece may be made.
func (w *words) best() (best [2]string, ok bool) {
	for {
		n := 0.0
		for k, v := range w.uses {
			if c := cmp.Compare(v, n); c > 0 || c == 0 && slices.Compare(k[:], best[:]) < 0 {
				best, n = k, v
			}
		}
		if n < least {
			return best, false
		}
		if len(best[0])+len(best[1]) <= pieceMax && w.three(best) {
			return best, true
		}
		delete(w.uses, best)
	}
}

// three reports whether three authors have those neighbours.
func (w *words) three(k [2]string) bool {
	var t tally
	for _, x := range w.where[k] {
		if !x.has(k) {
			continue
		}
		if t.three = t.three || x.three; t.three {
			return true
		}
		for _, a := range x.authors {
			if a != 0 {
				t.add(1, a)
			}
		}
	}
	return t.three
}

func (x *word) has(k [2]string) bool {
	for i := 1; i < len(x.pieces); i++ {
		if x.pieces[i-1] == k[0] && x.pieces[i] == k[1] {
			return true
		}
	}
	return false
}

// join makes one piece of those neighbours, wherever they are.
func (w *words) join(k [2]string) {
	for _, x := range w.where[k] {
		if !x.has(k) {
			continue
		}
		w.count(x, -1)
		for i := 1; i < len(x.pieces); i++ {
			if x.pieces[i-1] == k[0] && x.pieces[i] == k[1] {
				x.pieces[i-1] += x.pieces[i]
				x.pieces = slices.Delete(x.pieces, i, i+1)
			}
		}
		w.count(x, 1)
	}
	delete(w.uses, k)
	maps.DeleteFunc(w.uses, func(_ [2]string, n float64) bool { return n < 1e-6 })
}
