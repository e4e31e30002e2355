package load

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// receiver is the receiving end of a flow of which some messages have been written.
func receiver(written int) (*loop, *flow) {
	l := &loop{encoder: xmltext.Encoder{}, chat: &ChatConfig{Talk: Talk{Body: 100}}}
	f := &flow{number: 7, sender: []byte("a@x/load"), from: &session{loop: l}}
	for i := range written {
		f.write(time.Duration(i)*time.Second, l.chat.Body)
	}
	return l, f
}

// arriving is message number n of flow 7, as it arrives.
func arriving(id, from, kind string, n uint64) codec.Element {
	var b codec.Builder
	b.Start(atom.NSClient, atom.Message).Attr(atom.From, from).Attr(atom.ID, id).Attr(atom.Type, kind)
	b.Start(atom.NSClient, atom.Body).Text(string(appendBody(nil, 7, n, 100)))
	return b.Element()
}

func TestFlowFindsWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		name  string
		come  []codec.Element
		taken int
		want  Wrong
		says  string
	}{
		{"all is well", []codec.Element{arriving("0", "a@x/load", "chat", 0), arriving("1", "a@x/load", "chat", 1)}, 2, Wrong{}, ""},
		{"one is lost", []codec.Element{arriving("1", "a@x/load", "chat", 1)}, 1, Wrong{Lost: 1}, "message 1 came where 0 was due"},
		{"one comes twice", []codec.Element{arriving("0", "a@x/load", "chat", 0), arriving("0", "a@x/load", "chat", 0)}, 1, Wrong{Again: 1}, "message 0 came again"},
		{"out of order", []codec.Element{arriving("1", "a@x/load", "chat", 1), arriving("0", "a@x/load", "chat", 0)}, 1, Wrong{Lost: 1, Again: 1}, "where 0 was due"},
		{"of another body", []codec.Element{arriving("0", "a@x/load", "chat", 1)}, 1, Wrong{Changed: 1}, "not what was sent"},
		{"from somebody else", []codec.Element{arriving("0", "b@x/load", "chat", 0)}, 0, Wrong{Changed: 1}, "came from"},
		{"never sent", []codec.Element{arriving("3", "a@x/load", "chat", 3)}, 0, Wrong{Changed: 1}, "came from"},
		{"of no number", []codec.Element{arriving("x", "a@x/load", "chat", 0)}, 0, Wrong{Changed: 1}, "came from"},
		{"refused", []codec.Element{arriving("0", "a@x/load", "error", 0)}, 0, Wrong{Refused: 1}, "an error came"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, f := receiver(3)
			taken := 0
			for _, e := range test.come {
				if _, ok := f.take(e, l); ok {
					taken++
				}
			}
			if !strings.Contains(l.wrong.First, test.says) {
				t.Errorf("it says %q", l.wrong.First)
			}
			l.wrong.First = ""
			if taken != test.taken || l.wrong != test.want {
				t.Errorf("%d taken, %+v; want %d, %+v", taken, l.wrong, test.taken, test.want)
			}
		})
	}
}

func TestFlowRemembersWhenMessagesWereDue(t *testing.T) {
	l, f := receiver(20)
	for n := range uint64(20) {
		if n == 5 {
			continue // lost: the others keep their times
		}
		e := arriving(strconv.FormatUint(n, 10), "a@x/load", "chat", n)
		if at, ok := f.take(e, l); !ok || at != time.Duration(n)*time.Second {
			t.Fatalf("message %d: %v, %v", n, at, ok)
		}
	}
	if l.wrong.Lost != 1 || f.times.size != 0 {
		t.Errorf("%+v, %d times left", l.wrong, f.times.size)
	}
}

func TestBodiesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for flow := range uint64(20) {
		for n := range uint64(50) {
			b := string(appendBody(nil, flow, n, minBody))
			if len(b) != minBody || seen[b] || strings.ContainsAny(b, "<>&'\"") {
				t.Fatalf("flow %d, message %d: %q", flow, n, b)
			}
			seen[b] = true
		}
	}
	if b := appendBody([]byte("x"), 1<<40, 1<<40, maxBody); len(b) != maxBody+1 {
		t.Errorf("%d bytes", len(b))
	}
}

func TestPacedMessagesAreWrittenAtTheirTimes(t *testing.T) {
	l, f := receiver(0)
	l.flows, l.chat.Rate, l.timer = []*flow{f}, 1000, -1
	l.pace = pace{start: time.Second, until: 2 * time.Second, loops: 1}
	l.now = time.Second + 3500*time.Microsecond // it comes late: what was due meanwhile goes now, and counts from then
	l.tick()
	for i, want := range []time.Duration{0, 1, 2, 3} {
		if at := f.times.pop(); at != time.Second+want*time.Millisecond {
			t.Errorf("message %d is of %v", i, at)
		}
	}
	if f.sent != 4 {
		t.Errorf("%d messages", f.sent)
	}
}

func TestMeasurementBeginsAndEndsOnTimeHoweverLateItIs(t *testing.T) {
	for _, late := range []time.Duration{0, time.Second, 17 * time.Second} {
		p := pace{start: 1 * time.Second, from: 4 * time.Second, until: 14 * time.Second}
		begun, last := 0, p.start
		for at := p.start; at < p.until; {
			if at = p.after(at, max(at, last)+700*time.Millisecond); at == p.from {
				begun++
			}
			last = at + late
		}
		if begun != 1 {
			t.Errorf("late by %v: it begins %d times", late, begun)
		}
	}
}

func TestBarsAreSharesOfAll(t *testing.T) {
	h := newHistogram()
	for _, d := range []time.Duration{time.Microsecond, 90 * time.Microsecond, 95 * time.Microsecond, time.Second, time.Hour} {
		record(h, d)
	}
	l := latencyOf(h)
	var sum float64
	for i, b := range l.Histogram {
		sum += b.Share
		if i > 0 && b.Micros <= l.Histogram[i-1].Micros {
			t.Errorf("%+v", l.Histogram)
		}
	}
	if sum < 0.999 || sum > 1.001 || l.Count != 5 || l.Max < longest {
		t.Errorf("sum %v, %+v", sum, l)
	}
	if l := latencyOf(newHistogram()); l.Count != 0 || l.Curve != nil {
		t.Errorf("of nothing: %+v", l)
	}
}
