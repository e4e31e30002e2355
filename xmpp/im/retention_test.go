package im

import (
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
)

const day = 24 * time.Hour

// days puts one message a day into romeo's archive, the last of them at noon.
func (f *fixture) days(n int) {
	f.t.Helper()
	f.do(func(tx *store.Tx) error {
		for i := range n {
			e := f.entry("romeo@example.org", false)
			e.Time = noon.Add(-time.Duration(n-1-i) * day)
			if _, _, err := tx.Append(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fixture) setCursor(device string, seq uint64) {
	f.t.Helper()
	f.do(func(tx *store.Tx) error { return tx.SetCursor(orchard, device, seq) })
}

func (f *fixture) swept(now time.Time) store.Bounds {
	f.t.Helper()
	if err := f.Sweep(f.t.Context(), now); err != nil {
		f.t.Fatal(err)
	}
	b, err := f.store.ArchiveBounds(orchard)
	if err != nil {
		f.t.Fatal(err)
	}
	if r, err := f.store.Verify(f.t.Context(), nil); err != nil || r.Faults != 0 {
		f.t.Fatalf("%v, %v", r.First, err)
	}
	return b
}

// TestArchivesForgetWhatIsTooOld, be it fetched or not; the message of just that age stays.
func TestArchivesForgetWhatIsTooOld(t *testing.T) {
	f := newFixture(t, Options{ArchiveDays: 3})
	f.days(10)
	for _, c := range []struct {
		now            time.Time
		first, entries uint64
	}{
		{noon.Add(-7 * day), 1, 10}, {noon, 7, 4}, {noon, 7, 4}, {noon.Add(time.Millisecond), 8, 3}, {noon.Add(30 * day), 0, 0}, {noon.Add(30 * day), 0, 0},
	} {
		if b := f.swept(c.now); b.First != c.first || b.Entries != c.entries {
			t.Errorf("%v: %+v", c.now, b)
		}
	}
	f.days(1)
	if b := f.swept(noon); b.First != 11 {
		t.Errorf("%+v", b)
	}
}

// TestArchivesForgetWhatIsTooMuch: nothing at the limit, one past it down to nine tenths, and nothing that some device has not had.
func TestArchivesForgetWhatIsTooMuch(t *testing.T) {
	f := newFixture(t, Options{})
	f.days(100)
	size := int(f.swept(noon).Bytes)
	for _, c := range []struct {
		name         string
		limit        int
		mine, phones uint64
		first        uint64
	}{
		{"no limit", 0, 100, 100, 1},
		{"at the limit", size, 100, 100, 1},
		{"nothing was fetched", size - 1, 0, 100, 1},
		{"the phone has not fetched it", size - 1, 100, 4, 5},
		{"past the limit", size - 1, 100, 100, 12},
	} {
		f := newFixture(t, Options{ArchiveBytes: c.limit, ArchiveHold: 2000 * day})
		f.days(100)
		f.setCursor("", c.mine)
		f.setCursor("phone", c.phones)
		if b := f.swept(noon.Add(1000 * day)); b.First != c.first {
			t.Errorf("%s: %+v of %d bytes", c.name, b, size)
		}
	}
}

// TestWhoDoesNotComeHoldsNothingForEver: what somebody has not had is kept past the limit as long as ArchiveHold says, and not longer for one that has stayed away.
func TestWhoDoesNotComeHoldsNothingForEver(t *testing.T) {
	f := newFixture(t, Options{})
	f.days(100)
	size := int(f.swept(noon).Bytes)
	const hold = 40 * day // the message 60 is as old at noon
	for _, c := range []struct {
		name         string
		now          time.Time
		mine, phones uint64
		out          store.StreamOut
		ended        bool
		first        uint64
	}{
		{name: "the phone is on time", now: noon, mine: 100, phones: 59, first: 12},
		{name: "the phone has nothing", now: noon, mine: 100, first: 12},
		{name: "nobody has anything", now: noon, first: 12},
		{name: "as old as it may be", now: noon.Add(-56 * day), mine: 100, phones: 3, first: 4},
		{name: "a millisecond older", now: noon.Add(-56*day + time.Millisecond), mine: 100, phones: 3, first: 12},
		{name: "two phones' time", now: noon.Add(-56 * day), mine: 5, phones: 3, first: 4},
		{name: "a stream, as old as it may be", now: noon.Add(-56 * day), mine: 100, phones: 100, out: store.StreamOut{Started: true, Taken: 3}, first: 4},
		{name: "a stream, a millisecond older", now: noon.Add(-56*day + time.Millisecond), mine: 100, phones: 100, out: store.StreamOut{Started: true, Taken: 3}, first: 12},
		{name: "a stream that was sent nothing", now: noon.Add(-56 * day), mine: 100, phones: 100, first: 12},
		{name: "a stream that has ended", now: noon.Add(-56 * day), mine: 100, phones: 100, out: store.StreamOut{Started: true, Taken: 3}, ended: true, first: 12},
	} {
		f := newFixture(t, Options{ArchiveBytes: size - 1, ArchiveHold: hold})
		f.days(100)
		f.setCursor("", c.mine)
		f.setCursor("phone", c.phones)
		f.dormant(1, c.out, c.ended)
		if b := f.swept(c.now); b.First != c.first {
			t.Errorf("%s: the first is %d, want %d", c.name, b.First, c.first)
		}
	}
}

// dormant puts a stream of romeo's without a connection into the store.
func (f *fixture) dormant(id byte, out store.StreamOut, ended bool) {
	f.t.Helper()
	f.do(func(tx *store.Tx) error {
		s := store.Stream{Account: orchard.Bare(), ID: store.StreamID{id}, Max: day, Expires: noon, Ended: ended}
		if err := tx.PutStream(&s); err != nil {
			return err
		}
		return tx.SetStreamOut(s.Account, s.ID, out)
	})
}

// TestWhoHasLostSomethingHoldsNothing: an abandoned device does not count anew because the messages that are left are young.
func TestWhoHasLostSomethingHoldsNothing(t *testing.T) {
	f := newFixture(t, Options{})
	f.days(100)
	size := int(f.swept(noon).Bytes)
	f = newFixture(t, Options{ArchiveBytes: size - 1, ArchiveHold: 95 * day})
	f.days(100)
	f.setCursor("", 100)
	f.setCursor("phone", 1)
	if b := f.swept(noon); b.First != 12 {
		t.Fatalf("the first is %d", b.First)
	}
	f.days(11)
	f.setCursor("", 111)
	if b := f.swept(noon); b.First != 23 {
		t.Errorf("the first is %d", b.First)
	}
	f.setCursor("phone", 111) // it has come
	f.days(11)
	f.setCursor("", 122)
	if b := f.swept(noon); b.First != 34 {
		t.Errorf("the first is %d", b.First)
	}
}

// TestLongArchivesAreTrimmedInStretches, and only those of the host.
func TestLongArchivesAreTrimmedInStretches(t *testing.T) {
	f := newFixture(t, Options{ArchiveDays: 1})
	f.append(2*sweepEntries + 10)
	other := jid.MustParse("romeo@example.com")
	f.do(func(tx *store.Tx) error {
		e := f.entry("romeo@example.org", false)
		e.Account = other
		_, _, err := tx.Append(e)
		return err
	})
	if b := f.swept(noon.Add(2 * day)); b.Entries != 0 {
		t.Errorf("%+v", b)
	}
	if b, err := f.store.ArchiveBounds(other); b.Entries != 1 || err != nil {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestWhatIsNotArchivedLosesItsText once every device has had it and it is old enough.
func TestWhatIsNotArchivedLosesItsText(t *testing.T) {
	f := newFixture(t, Options{})
	f.do(func(tx *store.Tx) error {
		return SaveArchiveRules(tx, orchard, ArchiveRules{Never: []jid.JID{balcony}})
	})
	f.do(func(tx *store.Tx) error {
		for i := range 6 {
			e := f.entry("romeo@example.org", false)
			e.Time = noon.Add(time.Duration(i) * day)
			if i%2 == 1 {
				e.With = balcony.Bare()
			}
			flags, err := ruled(tx, &e)
			if err != nil {
				return err
			}
			e.Flags = flags
			if _, _, err := tx.Append(e); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		name   string
		now    time.Time
		cursor uint64
		left   string
	}{
		{"nobody has had it", noon.Add(100 * day), 0, "123456"},
		{"it is young", noon.Add(bareAfter - 1), 6, "123456"},
		{"one is old enough", noon.Add(bareAfter + day), 6, "23456"},
		{"another one", noon.Add(bareAfter + 2*day), 6, "2456"},
		{"all", noon.Add(100 * day), 6, "246"},
		{"again", noon.Add(100 * day), 6, "246"},
	} {
		f.setCursor("", c.cursor)
		f.swept(c.now)
		left := ""
		err := f.store.Archive(orchard, 0, 0, func(seq uint64, e store.Entry) bool {
			if len(e.Stanza) > 0 {
				left += string('0' + byte(seq))
			}
			return true
		})
		if left != c.left || err != nil {
			t.Errorf("%s: %s is left, %v", c.name, left, err)
		}
	}
	s := f.bind(orchard, &mailbox{}, 0)
	p := f.page(s, 1)
	if len(p.Frames) != 3 {
		t.Errorf("%d frames in a page", len(p.Frames))
	}
	p.Release()
}

// TestWhatAStreamHasNotTakenKeepsItsText, as long as the stream counts; and a device that does not come keeps no text for ever, while there is one that has had it.
func TestWhatAStreamHasNotTakenKeepsItsText(t *testing.T) {
	for _, c := range []struct {
		name   string
		now    time.Time
		cursor uint64
		phone  uint64
		taken  uint64
		left   bool
	}{
		{"a stream has not taken it", noon.Add(30 * day), 1, 1, 0, true},
		{"nor does it come for it", noon.Add(30*day + time.Millisecond), 1, 1, 0, false},
		{"it has", noon.Add(30 * day), 1, 1, 1, false},
		{"a phone has not had it", noon.Add(30 * day), 1, 0, 1, true},
		{"nor does it come", noon.Add(30*day + time.Millisecond), 1, 0, 1, false},
		{"nobody has had it", noon.Add(1000 * day), 0, 0, 0, true},
	} {
		f := newFixture(t, Options{})
		f.do(func(tx *store.Tx) error { return SaveArchiveRules(tx, orchard, ArchiveRules{Default: Never}) })
		f.do(func(tx *store.Tx) error {
			e := f.entry("romeo@example.org", false)
			e.Flags = unarchived
			_, _, err := tx.Append(e)
			return err
		})
		f.setCursor("", c.cursor)
		f.setCursor("phone", c.phone)
		f.dormant(1, store.StreamOut{Started: true, Taken: c.taken}, false)
		f.swept(c.now)
		left := false
		err := f.store.Archive(orchard, 0, 0, func(_ uint64, e store.Entry) bool {
			left = len(e.Stanza) > 0
			return true
		})
		if left != c.left || err != nil {
			t.Errorf("%s: %v, %v", c.name, left, err)
		}
	}
}

// TestAPlaceThatComesLateIsHeeded: a stream begins between the look at the places and the deletion.
func TestAPlaceThatComesLateIsHeeded(t *testing.T) {
	f := newFixture(t, Options{ArchiveHold: 2000 * day})
	f.days(100)
	f.setCursor("", 100)
	had, err := f.had(orchard.Bare(), noon)
	if had.all != 100 || err != nil {
		t.Fatalf("%+v, %v", had, err)
	}
	f.dormant(1, store.StreamOut{Started: true, Taken: 4}, false)
	if err := f.trim(t.Context(), orchard.Bare(), 12, had.counts); err != nil {
		t.Fatal(err)
	}
	if b := f.swept(noon); b.First != 5 {
		t.Errorf("the first is %d", b.First)
	}
}

// TestAStreamStartsAtItsPlace: at the cursor of its device, but at nothing that was deleted; and once.
func TestAStreamStartsAtItsPlace(t *testing.T) {
	for _, c := range []struct {
		name            string
		device          string
		out             store.StreamOut
		deleted, want   uint64
		acked, recorded uint32
	}{
		{"a client without a device", "", store.StreamOut{}, 0, 7, 2, 2},
		{"a phone", "phone", store.StreamOut{}, 0, 3, 2, 2},
		{"one that has lost something", "phone", store.StreamOut{}, 5, 5, 2, 2},
		{"one that was started", "phone", store.StreamOut{Acked: 1, Started: true, Taken: 2}, 0, 2, 2, 1},
	} {
		f := newFixture(t, Options{})
		f.days(10)
		f.setCursor("", 7)
		f.setCursor("phone", 3)
		f.dormant(1, c.out, false)
		f.do(func(tx *store.Tx) error { _, err := tx.TrimArchive(orchard.Bare(), c.deleted+1, 100); return err })
		s := &host.Stream{Account: orchard.Bare(), ID: store.StreamID{1}}
		taken, err := f.host.StartStream(s, c.device, c.acked)
		rec, _, err2 := f.store.Stream(s.Account, s.ID)
		if taken != c.want || !rec.Out.Started || rec.Out.Taken != c.want || rec.Out.Acked != c.recorded || err != nil || err2 != nil {
			t.Errorf("%s: %d, %+v, %v, %v", c.name, taken, rec.Out, err, err2)
		}
	}
}
