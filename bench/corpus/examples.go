package corpus

import (
	"math/rand/v2"

	data "github.com/godwit-im/godwit/fuzz/corpus"
)

// Examples returns the elements of the XEPs' examples without white space between tags and with one blank between attributes, all in random
// order, then all in another, until there are about size bytes. Copyright XMPP Standards Foundation, see fuzz/corpus/xep.
func Examples(seed uint64, size int) *Corpus {
	r := rand.New(rand.NewPCG(seed, 0))
	var all [][]byte
	for _, e := range data.XEPExamples() {
		all = append(all, squeeze(e.XML))
	}
	return build("examples", size, func(i int) []byte {
		if i %= len(all); i == 0 {
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
		return all[i]
	})
}

// squeeze removes white space that somebody put there to make XML readable: between two tags, and within tags all but one blank.
func squeeze(xml []byte) (out []byte) {
	for i := 0; i < len(xml); {
		end := i + 1
		switch {
		case xml[i] != '<':
			for end < len(xml) && xml[end] != '<' {
				end++
			}
			if end == len(xml) || !allBlank(xml[i:end]) {
				out = append(out, xml[i:end]...)
			}
		case hasPrefix(xml[i:], "<![CDATA["):
			for !hasPrefix(xml[end:], "]]>") {
				end++
			}
			end += len("]]>")
			out = append(out, xml[i:end]...)
		default:
			end = i + tagLength(xml[i:])
			out = squeezeTag(out, xml[i:end])
		}
		i = end
	}
	return out
}

// tagLength returns the length of the tag that xml begins with.
func tagLength(xml []byte) int {
	var quote byte
	for i, c := range xml {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(xml)
}

// squeezeTag appends a tag.
func squeezeTag(out, tag []byte) []byte {
	var quote, last byte
	for i, c := range tag {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case isBlank(c):
			next := tag[i+1]
			if isBlank(next) || next == '>' || next == '/' || next == '=' || last == '=' {
				continue
			}
			c = ' '
		case c == '\'' || c == '"':
			quote = c
		}
		out, last = append(out, c), c
	}
	return out
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func allBlank(b []byte) bool {
	for _, c := range b {
		if !isBlank(c) {
			return false
		}
	}
	return true
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }
