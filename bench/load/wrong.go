package load

import "fmt"

// Wrong counts what must not happen to messages, and tells of the first.
type Wrong struct {
	Lost, Again, Changed, Refused int    // not delivered, delivered before, not as sent, answered with an error
	First                         string // what was wrong first
}

// Any reports whether anything was wrong.
func (w *Wrong) Any() bool { return w.Lost+w.Again+w.Changed+w.Refused > 0 }

func (w *Wrong) count(counter *int, format string, a ...any) {
	*counter++
	if w.First == "" {
		w.First = fmt.Sprintf(format, a...)
	}
}

func (w *Wrong) add(o Wrong) {
	w.Lost, w.Again, w.Changed, w.Refused = w.Lost+o.Lost, w.Again+o.Again, w.Changed+o.Changed, w.Refused+o.Refused
	if w.First == "" {
		w.First = o.First
	}
}
