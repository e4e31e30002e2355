package im

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
)

// rfcRow is a row of the tables 2 to 9 in RFC 6121 §A.
type rfcRow struct {
	state     string
	moves     bool // ROUTE? or DELIVER?
	next      string
	approval  bool // outbound: "pre-approval", or its note
	autoReply bool
}

var (
	rfcTitle = regexp.MustCompile(`^Table \d: Processing of (outbound|inbound) "(\w+)" stanzas`)
	rfcLine  = regexp.MustCompile(`^\|\s+"([^"]+)"\s+\|\s+(\S+)( \[\d\])?\s+\|\s+(.*?)\s+\|$`)
)

// readTables reads the RFC's text.
func readTables(t *testing.T) map[string][]rfcRow {
	text, err := os.ReadFile("testdata/rfc/tables.txt")
	if err != nil {
		t.Fatal(err)
	}
	tables, title := make(map[string][]rfcRow), ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if m := rfcTitle.FindStringSubmatch(line); m != nil {
			title = m[1] + " " + m[2]
		}
		m := rfcLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		row := rfcRow{state: m[1], moves: m[2] == "MUST", next: strings.Trim(m[4], `"`)}
		row.approval = strings.Contains(m[4], "[1]")
		if row.next == "no state change" || row.approval {
			row.next = row.state
		}
		inboundUnsubscribe := title == "inbound unsubscribe" && row.moves
		row.autoReply = inboundUnsubscribe || title == "inbound subscribe" && m[3] == " [2]"
		tables[title] = append(tables[title], row)
	}
	return tables
}

func TestTablesAreTheRFCs(t *testing.T) {
	tables := readTables(t)
	kinds := []atom.Atom{atom.Subscribe, atom.Unsubscribe, atom.Subscribed, atom.Unsubscribed}
	if len(tables) != 8 {
		t.Fatalf("%d tables", len(tables))
	}
	for _, kind := range kinds {
		for i, row := range tables["outbound "+kind.String()] {
			got := outbound[kind][i]
			if row.state != state(i).String() || got.route != row.moves || got.next.String() != row.next {
				t.Errorf("outbound %v in %q: %+v, the RFC says %+v", kind, row.state, got, row)
			}
			if row.approval && got.approval == unchanged || kind == atom.Subscribed && !row.approval && got.approval != unchanged {
				t.Errorf("outbound %v in %q: approval %v, the RFC says %+v", kind, row.state, got.approval, row)
			}
		}
		for i, row := range tables["inbound "+kind.String()] {
			got := inbound[kind][i]
			if row.state != state(i).String() || got.deliver != row.moves || got.next.String() != row.next || (got.reply != atom.Unknown) != row.autoReply {
				t.Errorf("inbound %v in %q: %+v, the RFC says %+v", kind, row.state, got, row)
			}
		}
		for _, way := range []string{"outbound ", "inbound "} {
			if n := len(tables[way+kind.String()]); n != int(states) {
				t.Errorf("%s%v: %d rows", way, kind, n)
			}
		}
	}
}

func TestPreApprovalGrantsWhatWasAsked(t *testing.T) {
	for s, row := range preApproved {
		item := store.RosterItem{}
		state(s).set(&item)
		row.next.set(&item)
		if !sees(&item) || item.PendingIn || row.deliver || row.reply != atom.Subscribed {
			t.Errorf("%v: %+v", state(s), row)
		}
		var before store.RosterItem
		state(s).set(&before)
		if seen(&before) != seen(&item) || before.Ask != item.Ask {
			t.Errorf("%v: what the user asked has changed: %+v", state(s), row)
		}
	}
}

func TestStatesAreKeptInItems(t *testing.T) {
	for s := range states {
		item := store.RosterItem{Request: []byte("request")}
		s.set(&item)
		if got := stateOf(&item); got != s {
			t.Errorf("%v is kept as %v", s, got)
		}
		if (item.Request != nil) != item.PendingIn {
			t.Errorf("%v: the request is kept: %v", s, item.Request != nil)
		}
	}
	contradictions := []struct {
		item store.RosterItem
		want state
	}{
		{store.RosterItem{Subscription: store.SubscriptionBoth, Ask: true, PendingIn: true}, both},
		{store.RosterItem{Subscription: store.SubscriptionTo, Ask: true}, to},
		{store.RosterItem{Subscription: store.SubscriptionFrom, PendingIn: true}, from},
		{store.RosterItem{Subscription: store.SubscriptionTo, Ask: true, PendingIn: true}, toIn},
	}
	for _, c := range contradictions {
		if got := stateOf(&c.item); got != c.want {
			t.Errorf("%+v is %v, want %v", c.item, got, c.want)
		}
	}
}
