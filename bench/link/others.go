package link

import (
	"bytes"
	"sync"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/godwit-im/godwit/bench/corpus"
)

// other is another way to code the stanzas of one session, both directions apart.
type other struct {
	name  string
	weigh func(z *stanza) int // in the order of the session
}

// newOthers returns the other ways, for a new session.
func newOthers() []*other {
	return []*other{
		{"zlib stream", bothWays(zlibStream)},
		{"zlib each", func(z *stanza) int { return zlibStream()(z) }},
		{"zstd stream", bothWays(zstdStream)},
		{"zstd each, dictionary", zstdEach},
		{"FunXMPP's way", func(z *stanza) int { return funxmpp(&z.tree) }},
	}
}

// bothWays gives each direction a coder of its own.
func bothWays(make func() func(z *stanza) int) func(z *stanza) int {
	up, down := make(), make()
	return func(z *stanza) int {
		if z.Up {
			return up(z)
		}
		return down(z)
	}
}

// zlibStream compresses at level 9 and flushes after each stanza: below level 7 this library forgets with each flush what was before.
func zlibStream() func(z *stanza) int {
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, 9)
	if err != nil {
		panic(err)
	}
	return func(z *stanza) int {
		out.Reset()
		w.Write(z.XML)
		w.Flush()
		return out.Len()
	}
}

func zstdStream() func(z *stanza) int {
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(128<<10), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err)
	}
	return func(z *stanza) int {
		out.Reset()
		w.Write(z.XML)
		w.Flush()
		return out.Len()
	}
}

// zstdEach compresses each by itself, with a dictionary of other sessions.
func zstdEach(z *stanza) int { return len(eachEncoder().EncodeAll(z.XML, nil)) }

var eachEncoder = sync.OnceValue(func() *zstd.Encoder {
	var history []byte
	for _, s := range corpus.Sessions(41, 6, 300, archiveID, nil) {
		for _, z := range s.Stanzas {
			history = append(history, z.XML...)
		}
	}
	history = history[max(0, len(history)-110<<10):]
	w, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(1, history), zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true))
	if err != nil {
		panic(err)
	}
	return w
})
