package xmltext

import "math/bits"

// pendingRoom is how long something unfinished may be that leap reads anew when more of it has come. What is longer the careful states read, which look at
// no byte twice.
const pendingRoom = 512

// pause leaves w in front of what stands at i and is right as far as the view goes. It reports whether there is nothing to do until more of it has come.
func (w *parser) pause(i int) bool {
	w.pos = i + w.view.from
	if w.state == content {
		w.mark = w.pos
	}
	return w.waits()
}

// waits reports whether the view goes to the end of the input, near enough to pos to read it anew, and that a character cannot be cut off there. Whether such a one
// may stand where it is the careful states know.
func (w *parser) waits() bool {
	n := len(w.src)
	return w.view.from+w.view.size == n && n-w.pos <= pendingRoom && w.src[n-1] < 0x80
}

// pending reports whether all that stands from pos to the end of the input is the beginning of something that leap would read, so that there is nothing to do
// until more has come.
func (w *parser) pending() bool {
	v := &w.view
	i := w.pos - v.from
	if !w.waits() {
		return false
	}
	switch {
	case i == v.size:
		return true
	case w.state == inTag:
		return w.pendingInTag(i)
	case v.text.at(i) != '<':
		return len(w.open) > 0 && w.pendingText(i)
	case i+1 == v.size:
		return true
	case v.text.at(i+1) == '/':
		return w.pendingEnd(i + 2)
	}
	return len(w.open) < w.maxDepth && w.elements < w.maxElements && w.pendingName(i+1) == v.size
}

func (w *parser) pendingInTag(i int) bool {
	v := &w.view
	switch c := v.text.at(i); {
	case c == '/':
		return i+1 == v.size
	case c != ' ' || len(w.tree.Nodes)-int(w.tag.elem) > w.maxAttributes:
		return false
	}
	i = w.pendingName(i + 1)
	if i == stopped || i >= v.size {
		return i != stopped
	}
	if v.text.at(i) != '=' {
		return false
	}
	if i += 2; i > v.size {
		return true
	}
	quote := v.text.at(i - 1)
	if quote != '\'' && quote != '"' {
		return false
	}
	for i < v.size {
		x := row(&w.desk.planes.Value, i)
		if x == 0 {
			i += reach
			continue
		}
		i += bits.TrailingZeros64(x)
		if i < v.size && (!isQuote(v.text.at(i)) || v.text.at(i) == quote) {
			return false
		}
		i++
	}
	return true
}

// pendingName returns the index after the name that begins at i, or stopped when that is none.
func (w *parser) pendingName(i int) int {
	v, limit := &w.view, i+w.maxName
	for colon := false; ; colon = true {
		if i == v.size {
			return i
		}
		end := v.nameEnd(i)
		switch {
		case end > limit || class[v.text.at(i)]&nameStart == 0:
			return stopped
		case end == v.size || v.text.at(end) < 0x80 && (colon || v.text.at(end) != ':'):
			return end
		case colon || v.text.at(end) >= 0x80 || end-i > maxPrefix:
			return stopped
		}
		i = end + 1
	}
}

func (w *parser) pendingText(i int) bool {
	v := &w.view
	for i < v.size {
		x := row(&w.desk.planes.Text, i)
		if x == 0 {
			i += reach
			continue
		}
		i += bits.TrailingZeros64(x)
		if i < v.size-1 && v.text.at(i) != '\n' && v.text.at(i) != '\t' || i == v.size-1 && v.text.at(i) != '<' {
			return false
		}
		i++
	}
	return true
}

// pendingEnd is for an end tag whose name begins at i.
func (w *parser) pendingEnd(i int) bool {
	v := &w.view
	if len(w.open) == 0 {
		return false
	}
	due, n := w.due(), v.size-i
	return n == 0 || n <= len(due) && string(v.text.slice(i, n)) == string(due[:n])
}
