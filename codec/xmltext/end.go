package xmltext

import "github.com/godwit-im/godwit/codec"

// closeInnermost closes the element that is open.
func (w *parser) closeInnermost() result {
	return w.closeElement(w.pop())
}

// pop goes back to where the innermost element began, and returns its node.
func (w *parser) pop() uint32 {
	last := len(w.open) - 1
	top := &w.open[last]
	w.open = w.open[:last]
	if top.declares != nothing {
		outer := w.around[len(w.around)-1]
		w.around = w.around[:len(w.around)-1]
		w.leave(outer)
	}
	return top.node
}

// closeElement ends an element that is not, or no more, in w.open.
func (w *parser) closeElement(node uint32) result {
	w.tree.Nodes[node].End = uint32(len(w.tree.Nodes))
	if len(w.open) > 0 {
		return again
	}
	if w.used != 0 {
		w.addUsed()
	}
	w.event = codec.EventElement
	return done
}

// startEnd begins the end tag whose / is at i.
func (w *parser) startEnd(i int) result {
	if len(w.open) > 0 {
		w.endText(i - 1)
		if end := w.quickEnd(i + 1); end != 0 {
			w.pos, w.mark, w.state = end, end, content
			return w.closeInnermost()
		}
	} else if w.place != within {
		return w.malformed(i, "end tag without element")
	}
	w.mark, w.pos, w.state = i+1, i+1, endName
	return again
}

// endName compares the name of an end tag with the one that is due.
func (w *parser) endName() result {
	due := w.due()
	for ; w.pos-w.mark < len(due); w.pos++ {
		if w.pos >= len(w.src) {
			return more
		}
		if w.src[w.pos] != due[w.pos-w.mark] {
			return w.malformed(w.pos, "end tag of another element")
		}
	}
	w.state = endSpace
	return again
}

// due returns the name of the innermost element, of the stream when there is none.
func (w *parser) due() []byte {
	if len(w.open) == 0 {
		return w.scope.rootName()
	}
	return w.nameOf(&w.tree.Nodes[w.open[len(w.open)-1].node])
}

func (w *parser) endSpace() result {
	if !w.skipSpace() {
		return more
	}
	if w.src[w.pos] != '>' {
		return w.malformed(w.pos, "end tag of another element")
	}
	w.pos++
	if len(w.open) == 0 {
		w.event = codec.EventClose
		return done
	}
	w.mark, w.state = w.pos, content
	return w.closeInnermost()
}
