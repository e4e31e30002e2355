package load

import "strconv"

// The bounds of a body: it must hold two numbers, and be a piece of the filler.
const (
	minBody = 32
	maxBody = 1 << 15
)

// filler is what bodies are cut from: words, so that it looks like text to a server that looks, without what XML has to escape.
var filler = makeFiller()

func makeFiller() (text []byte) {
	words := [...]string{"wind", "tide", "mudflat", "river", "north", "wing", "estuary", "night", "salt", "shore", "island", "flock", "storm", "moult", "sand", "Alaska"}
	state := uint32(1)
	for len(text) < 2*maxBody {
		state = state*1664525 + 1013904223
		text = append(append(text, words[state>>28]...), ' ')
	}
	return text
}

// appendBody appends the body of message n of a flow: its numbers, and then a piece of the filler that depends on both.
func appendBody(dst []byte, flow, n uint64, size int) []byte {
	end := len(dst) + size
	dst = append(strconv.AppendUint(dst, flow, 10), ' ')
	dst = append(strconv.AppendUint(dst, n, 10), ' ')
	at := (flow*2654435761 + n*40503) % maxBody
	return append(dst, filler[at:int(at)+end-len(dst)]...)
}
