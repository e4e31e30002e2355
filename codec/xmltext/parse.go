package xmltext

import (
	"math"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

var noLimits codec.Limits

// Parse reads b, one whole first-level element of a client stream, into t, which borrows b. White space may stand around it. There are no
// limits: it is for tests and tools, and for what is known to be good. An error is a *codec.Error with its offset in b.
func Parse(b []byte, t *codec.Tree) error {
	start, end := 0, len(b)
	for start < end && class[b[start]]&space != 0 {
		start++
	}
	for start < end && class[b[end-1]]&space != 0 {
		end--
	}
	w := parsers.Get().(*parser)
	defer release(w)
	w.setLimits(&noLimits)
	w.begin(t, within)
	w.scope, w.inherit, w.prefix = nil, namespace{ns: atom.NSClient}, true
	r := more
	if start < end && end-start <= math.MaxInt32 {
		r = w.run(b[start:end])
	}
	switch {
	case r == done && w.event == codec.EventElement && w.pos == end-start:
		t.Src = b[start:end:end]
		return nil
	case r == done:
		w.malformed(w.pos, "not one whole element")
	case r == more:
		w.malformed(end-start, "not one whole element")
	}
	e := w.err
	e.Offset += int64(start)
	return &e
}
