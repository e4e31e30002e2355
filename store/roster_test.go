package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

func contact(i int) jid.JID { return jid.MustParse(fmt.Sprintf("contact%d@example.net", i)) }

func TestRosterItemComesBack(t *testing.T) {
	s := openMemory(t, nil, Options{})
	want := RosterItem{
		JID: romeo, Name: "Romeo", Groups: []string{"Friends", "", "Montagues"}, Subscription: SubscriptionBoth,
		Ask: true, PendingIn: true, Request: []byte("<presence/>"), Approved: true,
	}
	do(t, s, func(tx *Tx) (err error) {
		want.Version, err = tx.PutRosterItem(juliet, want)
		return err
	})
	got, ok, err := s.RosterItem(juliet, romeo)
	if err != nil || !ok || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, %v, %v\nnot %+v", got, ok, err, want)
	}
	if _, ok, _ := s.RosterItem(romeo, juliet); ok {
		t.Error("the other side has an item")
	}
}

// rosterSince renders RosterSince as "+name -jid …", or "whole".
func rosterSince(t *testing.T, r interface {
	RosterSince(jid.JID, uint64, func(RosterItem, bool) bool) (bool, error)
}, ver uint64) string {
	t.Helper()
	var b []string
	ok, err := r.RosterSince(juliet, ver, func(item RosterItem, removed bool) bool {
		sign := "+"
		if removed {
			sign = "-"
		}
		b = append(b, fmt.Sprintf("%s%s@%d", sign, item.JID.Local()[len("contact"):], item.Version))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "whole"
	}
	return strings.Join(b, " ")
}

// TestRosterVersions plays a roster's life: after each step, what clients of
// every version are told.
func TestRosterVersions(t *testing.T) {
	put := func(i int) func(tx *Tx) (uint64, error) {
		return func(tx *Tx) (uint64, error) { return tx.PutRosterItem(juliet, RosterItem{JID: contact(i)}) }
	}
	del := func(i int) func(tx *Tx) (uint64, error) {
		return func(tx *Tx) (uint64, error) { return tx.DeleteRosterItem(juliet, contact(i)) }
	}
	hide := func(i int) func(tx *Tx) (uint64, error) {
		return func(tx *Tx) (uint64, error) {
			return tx.PutRosterItem(juliet, RosterItem{JID: contact(i), PendingIn: true, Hidden: true})
		}
	}
	s := openMemory(t, nil, Options{RosterTombstones: 2})
	for n, step := range []struct {
		name  string
		do    func(tx *Tx) (uint64, error)
		ver   uint64
		since []string // from version 0 up to ver
	}{
		{"nothing to delete", del(1), 0, []string{""}},
		{"add 1", put(1), 1, []string{"+1@1", ""}},
		{"add 2", put(2), 2, []string{"+1@1 +2@2", "+2@2", ""}},
		{"change 1", put(1), 3, []string{"+2@2 +1@3", "+2@2 +1@3", "+1@3", ""}},
		{"3 asks", hide(3), 4, []string{"+2@2 +1@3", "+2@2 +1@3", "+1@3", "", ""}},
		{"remove 2", del(2), 5, []string{"+1@3 -2@5", "+1@3 -2@5", "+1@3 -2@5", "-2@5", "-2@5", ""}},
		{"remove 3, never seen", del(3), 6, []string{"+1@3 -2@5", "+1@3 -2@5", "+1@3 -2@5", "-2@5", "-2@5", "", ""}},
		{"2 is back", put(2), 7, []string{"+1@3 +2@7", "+1@3 +2@7", "+1@3 +2@7", "+2@7", "+2@7", "+2@7", "+2@7", ""}},
		{"1 is only a request now", hide(1), 8, []string{"+2@7 -1@8", "+2@7 -1@8", "+2@7 -1@8", "+2@7 -1@8", "+2@7 -1@8", "+2@7 -1@8", "+2@7 -1@8", "-1@8", ""}},
		{"remove 2", del(2), 9, []string{"-1@8 -2@9", "-1@8 -2@9", "-1@8 -2@9", "-1@8 -2@9", "-1@8 -2@9", "-1@8 -2@9", "-1@8 -2@9", "-1@8 -2@9", "-2@9", ""}},
		{"add 4", put(4), 10, nil},
		{"remove 4: the third tombstone", del(4), 11, []string{"whole", "whole", "whole", "whole", "whole", "whole", "whole", "whole", "-2@9 -4@11", "-4@11", "-4@11", ""}},
	} {
		do(t, s, func(tx *Tx) error {
			ver, err := step.do(tx)
			if ver != step.ver {
				t.Errorf("step %d, %s: version %d, not %d", n, step.name, ver, step.ver)
			}
			for ver, want := range step.since {
				if got := rosterSince(t, tx, uint64(ver)); got != want {
					t.Errorf("step %d, %s: in the batch since %d: %q, not %q", n, step.name, ver, got, want)
				}
			}
			return err
		})
		for ver, want := range step.since {
			if got := rosterSince(t, s, uint64(ver)); got != want {
				t.Errorf("step %d, %s: since %d: %q, not %q", n, step.name, ver, got, want)
			}
		}
		if got := rosterSince(t, s, step.ver+1); got != "whole" {
			t.Errorf("step %d, %s: since a version of the future: %q", n, step.name, got)
		}
	}
	item, ok, err := s.RosterItem(juliet, contact(1))
	if err != nil || !ok || item.InRoster() || !item.PendingIn {
		t.Errorf("the request of 1 did not stay: %+v, %v, %v", item, ok, err)
	}
	if r, err := s.Verify(ctx, nil); err != nil || r.Faults != 0 {
		t.Errorf("verify: %v, %v", r.First, err)
	}
}

func TestRosterItemRules(t *testing.T) {
	s := openMemory(t, nil, Options{})
	for _, bad := range []RosterItem{{}, {JID: romeo, Subscription: 4}, {JID: romeo, Hidden: true}} {
		err := s.Do(ctx, func(tx *Tx) error { _, err := tx.PutRosterItem(juliet, bad); return err })
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	do(t, s, func(tx *Tx) error {
		_, err := tx.PutRosterItem(juliet, RosterItem{JID: romeo, PendingIn: true, Hidden: true, Approved: true})
		return err
	})
	if item, _, _ := s.RosterItem(juliet, romeo); !item.InRoster() {
		t.Error("an approved contact is hidden")
	}
}

func TestRosterStops(t *testing.T) {
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) error {
		for i := range 5 {
			if _, err := tx.PutRosterItem(juliet, RosterItem{JID: contact(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	n := 0
	if err := s.Roster(juliet, func(RosterItem) bool { n++; return n < 3 }); err != nil || n != 3 {
		t.Errorf("%d items, %v", n, err)
	}
}

// TestRosterSize changes a roster in random ways, some of which fail: its size is what a count says, whether it was known before or not.
func TestRosterSize(t *testing.T) {
	s := openMemory(t, nil, Options{RosterTombstones: 2})
	failing := errors.New("not this one")
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		for n := range 100 {
			fails := r.IntN(4) == 0
			err := s.Do(ctx, func(tx *Tx) (err error) {
				for range 1 + r.IntN(3) {
					if r.IntN(2) == 0 {
						checkRosterSize(t, tx, seed, n)
					}
					who := contact(r.IntN(5))
					switch what := r.IntN(100); {
					case what == 0:
						err = tx.DeleteAccount(juliet)
					case what < 40:
						_, err = tx.PutRosterItem(juliet, RosterItem{JID: who, Name: strings.Repeat("n", r.IntN(9)), Groups: make([]string, r.IntN(3))})
					case what < 70:
						_, err = tx.PutRosterItem(juliet, RosterItem{JID: who, PendingIn: true, Hidden: true, Request: make([]byte, r.IntN(9))})
					default:
						_, err = tx.DeleteRosterItem(juliet, who)
					}
					if err != nil {
						return err
					}
				}
				checkRosterSize(t, tx, seed, n)
				if fails {
					return failing
				}
				return nil
			})
			if fails != (err == failing) {
				t.Fatalf("seed %d, step %d: %v", seed, n, err)
			}
		}
	}
}

func checkRosterSize(t *testing.T, tx *Tx, seed uint64, n int) {
	t.Helper()
	contacts, requests, err := tx.RosterSize(juliet)
	if err == nil {
		err = tx.Roster(juliet, func(item RosterItem) bool {
			size := &contacts
			if item.Hidden {
				size = &requests
			}
			size.Items--
			size.Bytes -= item.Size()
			return true
		})
	}
	if contacts != (RosterSize{}) || requests != (RosterSize{}) || err != nil {
		t.Errorf("seed %d, step %d: %+v of contacts and %+v of requests too many; %v", seed, n, contacts, requests, err)
	}
}

// TestTombstonesAreForgottenInQuarters: to find the oldest is to read the roster, on the committer, which is not done for each removal.
func TestTombstonesAreForgottenInQuarters(t *testing.T) {
	const most = 8
	s := openMemory(t, nil, Options{RosterTombstones: most})
	scans, floor := 0, uint64(0)
	for i := range 5 * most {
		do(t, s, func(tx *Tx) error {
			_, err := tx.PutRosterItem(juliet, RosterItem{JID: contact(i)})
			return err
		})
		do(t, s, func(tx *Tx) error {
			_, err := tx.DeleteRosterItem(juliet, contact(i))
			return err
		})
		c, err := s.counters(juliet)
		if err != nil || c.tombstones > most || i >= most && c.tombstones < most*3/4 {
			t.Errorf("%d removals: %d are remembered, %v", i+1, c.tombstones, err)
		}
		if c.rosterFloor != floor {
			scans, floor = scans+1, c.rosterFloor
		}
	}
	if want := 4*most/(most/4+1) + 1; scans > want {
		t.Errorf("%d scans, want %d", scans, want)
	}
	if r, err := s.Verify(ctx, nil); err != nil || r.Faults != 0 {
		t.Errorf("verify: %v, %v", r.First, err)
	}
}
