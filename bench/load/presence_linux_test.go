package load

import (
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// threeFriends is a circle of the sessions 6, 7 and 8, in which 6 has changed its presence twice, and all have got the first.
func threeFriends() (*loop, *circle) {
	l := &loop{encoder: xmltext.Encoder{}, hist: newHistogram(), pace: pace{until: time.Hour}}
	c := &circle{loop: l, first: 6, size: 100}
	for i, address := range []string{"a@x/load", "b@x/load", "c@x/load"} {
		s := &session{loop: l, index: 6 + i, circle: c, state: live}
		c.member = append(c.member, &herald{session: s, sender: []byte(address), got: make([]bool, 3)})
	}
	c.change(c.member[0])
	c.change(c.member[0])
	return l, c
}

// presence is change number n of a session, as it arrives.
func presence(from, kind string, session, n uint64) codec.Element {
	var b codec.Builder
	b.Start(atom.NSClient, atom.Presence).Attr(atom.From, from).Attr(atom.Type, kind)
	b.Start(atom.NSClient, atom.Status).Text(string(appendBody(nil, session, n, 100)))
	return b.Element()
}

func TestCircleFindsWhatIsWrong(t *testing.T) {
	var plain codec.Builder
	plain.Start(atom.NSClient, atom.Presence).Attr(atom.From, "b@x/load")
	for _, test := range []struct {
		name string
		come []codec.Element // to 7
		want Wrong
		says string
		left int // of 6's last change
	}{
		{"all is well", []codec.Element{presence("a@x/load", "", 6, 1)}, Wrong{}, "", 1},
		{"of a login", []codec.Element{plain.Element()}, Wrong{}, "", 2},
		{"twice", []codec.Element{presence("a@x/load", "", 6, 1), presence("a@x/load", "", 6, 1)}, Wrong{Again: 1}, "presence 1 of session 6 came again", 1},
		{"late", []codec.Element{presence("a@x/load", "", 6, 0)}, Wrong{Again: 1}, "came again", 2},
		{"never sent", []codec.Element{presence("a@x/load", "", 6, 2)}, Wrong{Changed: 1}, "which was not sent", 2},
		{"from somebody else", []codec.Element{presence("c@x/load", "", 6, 1)}, Wrong{Changed: 1}, "came from", 2},
		{"of a stranger", []codec.Element{presence("a@x/load", "", 9, 1)}, Wrong{Changed: 1}, "came from", 2},
		{"an error", []codec.Element{presence("a@x/load", "error", 6, 1)}, Wrong{Refused: 1}, `of type "error"`, 2},
		{"unavailable", []codec.Element{presence("a@x/load", "unavailable", 6, 1)}, Wrong{Refused: 1}, `of type "unavailable"`, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, c := threeFriends()
			for _, e := range test.come {
				c.take(e, c.member[1].session)
			}
			if !strings.Contains(l.wrong.First, test.says) {
				t.Errorf("it says %q", l.wrong.First)
			}
			l.wrong.First = ""
			if l.wrong != test.want || c.member[0].left != test.left {
				t.Errorf("%+v, %d left; want %+v, %d", l.wrong, c.member[0].left, test.want, test.left)
			}
		})
	}
}

func TestACircleComparesAllOfAStatus(t *testing.T) {
	l, c := threeFriends()
	var b codec.Builder
	text := appendBody(nil, 6, 1, 100)
	text[99] ^= 1
	b.Start(atom.NSClient, atom.Presence).Attr(atom.From, "a@x/load").Start(atom.NSClient, atom.Status).Text(string(text))
	if c.take(b.Element(), c.member[1].session); l.wrong.Changed != 1 {
		t.Errorf("%+v", l.wrong)
	}
}

func TestTheNextPresenceGoesWhenAllHaveTheLast(t *testing.T) {
	l, c := threeFriends()
	l.heralds = c.member
	for i, left := range []uint64{2, 1} {
		if n := l.underWay(); n != left {
			t.Errorf("%d under way, want %d", n, left)
		}
		c.take(presence("a@x/load", "", 6, 1), c.member[i+1].session)
	}
	c.take(presence("a@x/load", "", 6, 2), c.member[0].session) // its own comes back
	if h := c.member[0]; h.sent != 3 || h.left != 2 || l.wrong.Any() || l.delivered.Load() != 2 || !strings.Contains(string(h.session.out), "6 2 ") {
		t.Errorf("%+v, %+v, %d delivered", h, l.wrong, l.delivered.Load())
	}
	l.now = l.pace.until
	for i := range 2 {
		c.take(presence("a@x/load", "", 6, 2), c.member[i+1].session)
	}
	if n := l.underWay(); n != 0 || c.member[0].sent != 3 {
		t.Errorf("the time is over, and %d are under way", n)
	}
}

func TestCirclesFollowOneAnother(t *testing.T) {
	for _, test := range []struct{ i, contacts, first, last int }{{0, 1, 0, 1}, {1, 1, 0, 1}, {2, 1, 2, 3}, {59, 19, 40, 59}} {
		if first, last := Circle(test.i, test.contacts); first != test.first || last != test.last {
			t.Errorf("%+v: %d to %d", test, first, last)
		}
	}
}
