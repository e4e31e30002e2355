package xmltext

import (
	"github.com/godwit-im/godwit/codec"
)

// The tokenizer that leaps from delimiter to delimiter by the planes (package plane). It reads what is whole, usual and right; in front of anything else
// it stops, in state content or inTag, and the careful states go on from there. So each check exists once, in them; leap only has to see
// that none of them would have anything to say.
//
// Its functions count bytes from the beginning of the view. Those that read something begin at index i and return the index after it, or stopped: then w
// stands in front of it.

const stopped = -1

// ready reports whether leap may go on where w is.
func (w *parser) ready() bool {
	return w.desk != nil && w.place == within &&
		(w.state == inTag || w.state == content && w.mark == w.pos && !w.saving || w.state == outside && w.src[0] == '<')
}

// leap reads as far as the planes help. again says that the careful states have to go on.
func (w *parser) leap() result {
	for {
		if r := w.leapOn(); r != again {
			return r
		}
		if !w.look() {
			break
		}
	}
	if w.pending() {
		return more
	}
	return again
}

// leapOn is leap within the view.
func (w *parser) leapOn() result {
	v := &w.view
	i := w.pos - v.from
	if w.state == inTag {
		if i < v.size && class[v.text.at(i)]&space != 0 {
			w.tag.spaced = false
		}
		i = w.leapAttrs(i)
	}
	for i != stopped {
		switch {
		case len(w.open) == 0 && w.elements > 0:
			w.stop(i)
			return w.finish()
		case i+2 > v.size:
			i = w.stop(i)
		case v.text.at(i) != '<':
			i = w.leapText(i)
		case v.text.at(i+1) == '/':
			i = w.leapEnd(i)
		default:
			i = w.leapStart(i)
		}
	}
	return again
}

// stop leaves w between two pieces of content.
func (w *parser) stop(i int) int {
	w.pos = i + w.view.from
	w.mark = w.pos
	if w.elements > 0 {
		w.state = content
	}
	return stopped
}

// finish ends the element that leap has read.
func (w *parser) finish() result {
	if w.used != 0 {
		w.addUsed()
	}
	w.event = codec.EventElement
	return done
}

// leapText adds a text, which ends with a <.
func (w *parser) leapText(i int) int {
	v, end := &w.view, stopped
	if len(w.open) > 0 {
		end = textEnd(&w.desk.planes.Text, v.text, i, v.size)
	}
	if end == stopped {
		return w.stop(i)
	}
	w.addText(uint32(i+v.from), uint32(end-i))
	return end
}

// leapEnd reads an end tag.
func (w *parser) leapEnd(i int) int {
	last := len(w.open) - 1
	if last < 0 {
		return w.stop(i)
	}
	v, top := &w.view, &w.open[last]
	name, size := i+2, int(top.nameLen)
	end := name + size
	if end >= v.size {
		return w.stop(i)
	}
	n := &w.tree.Nodes[top.node]
	if size <= 8 && name+8 <= v.size {
		if v.text.upTo8(name, size) != top.name {
			return w.stop(i)
		}
	} else if string(v.text.slice(name, size)) != string(w.nameOf(n)) {
		return w.stop(i)
	}
	if v.text.at(end) != '>' {
		if end = v.skip(end); end == v.size || v.text.at(end) != '>' {
			return w.stop(i)
		}
	}
	n.End = uint32(len(w.tree.Nodes))
	w.leave(top)
	w.open = w.open[:last]
	return end + 1
}
