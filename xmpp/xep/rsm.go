package xep

import (
	"strconv"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

var _ = add(Extension{Number: 59, Name: "Result Set Management", Version: "1.0", Notes: "for archives"})

// pageRequest is what a request says about the page that it wants (XEP-0059 §2). The slices are the request's.
type pageRequest struct {
	max           int    // at most; -1: not said
	after, before []byte // the item beside the page; nil: not said, an empty before: the end
	index         int    // of the page's first item; -1: not said
}

// readPage reads the <set/> in a request. It is not ok when it makes no sense: numbers that are none, or bounds on both sides, whose meaning
// is not defined (XEP-0313 §4.3.2).
func readPage(set codec.Element) (p pageRequest, ok bool) {
	p = pageRequest{max: -1, index: -1}
	number := func(n *int, text []byte) bool {
		v, err := strconv.ParseUint(string(text), 10, 31)
		*n = int(v)
		return err == nil
	}
	for e := range set.Children() {
		if e.NS() != atom.NSRSM {
			continue
		}
		text := e.Text()
		ok := true
		switch string(e.LocalName()) {
		case "max":
			ok = number(&p.max, text)
		case "index":
			ok = number(&p.index, text)
		case "after":
			if len(text) > 0 {
				p.after = text
			}
		case "before":
			p.before = append(make([]byte, 0, len(text)), text...)
		}
		if !ok {
			return p, false
		}
	}
	bounds := 0
	for _, given := range []bool{p.after != nil, p.before != nil, p.index >= 0} {
		if given {
			bounds++
		}
	}
	return p, bounds <= 1
}

// pageResult is what the answer says about the page (XEP-0059 §2.2).
type pageResult struct {
	first, last string // the ids of its first and last item, empty when there is none
	index       int    // of the first in all the set, -1: not known
	count       int    // of all the set, -1: not known
}

var count = atom.Lookup("count") // atom.Count is how many there are

// add adds the <set/>.
func (p *pageResult) add(b *codec.Builder) {
	b.Start(atom.NSRSM, atom.Set)
	if p.first != "" {
		b.Start(atom.NSRSM, atom.First)
		if p.index >= 0 {
			b.AttrUint(atom.Index, uint64(p.index))
		}
		b.Text(p.first).End()
		b.Start(atom.NSRSM, atom.Last).Text(p.last).End()
	}
	if p.count >= 0 {
		b.Start(atom.NSRSM, count).Text(strconv.Itoa(p.count)).End()
	}
	b.End()
}
