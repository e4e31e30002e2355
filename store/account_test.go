package store

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

func TestAccountComesBack(t *testing.T) {
	s := openMemory(t, nil, Options{})
	day := time.Date(2026, 11, 21, 12, 30, 0, 123456000, time.UTC)
	for _, want := range []Account{
		{},
		{Credentials: []byte{0, 1, 2}, Created: day, Disabled: true, LastActive: day.Add(time.Hour), LastStatus: "gone fishing"},
	} {
		do(t, s, func(tx *Tx) error { return tx.PutAccount(balcony, want) })
		got, ok, err := s.Account(juliet)
		if err != nil || !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v, %v; not %+v", got, ok, err, want)
		}
	}
	if _, ok, err := s.Account(romeo); ok || err != nil {
		t.Errorf("romeo: %v, %v", ok, err)
	}
	err := s.Do(ctx, func(tx *Tx) error { return tx.PutAccount(jid.JID{}, Account{}) })
	if !errors.Is(err, ErrInvalid) {
		t.Errorf("an account of nobody: %v", err)
	}
}

func TestAccountsOfAHost(t *testing.T) {
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) error {
		for _, j := range []string{"b@one.example", "a@one.example", "a@one.example.org", "c@on", "z@one.example", "a@two.example"} {
			if err := tx.PutAccount(jid.MustParse(j), Account{LastStatus: j}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		host string
		stop int
		want []string
	}{
		{"one.example", 0, []string{"a@one.example", "b@one.example", "z@one.example"}},
		{"one.example", 2, []string{"a@one.example", "b@one.example"}},
		{"one", 0, nil},
		{"on", 0, []string{"c@on"}},
	} {
		var got []string
		err := s.Accounts(c.host, func(j jid.JID, a Account) bool {
			if a.LastStatus != j.String() {
				t.Errorf("%s has the account of %s", j, a.LastStatus)
			}
			got = append(got, j.String())
			return len(got) != c.stop
		})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", c.host, got, err)
		}
	}
}

// fill gives account j something in every table.
func fill(tx *Tx, j, other jid.JID, n byte) error {
	_, _, err := tx.Append(Entry{Account: j, With: other, From: other, OriginID: []byte("o"), Stanza: []byte("s")})
	if err == nil {
		_, err = tx.PutRosterItem(j, RosterItem{JID: other})
	}
	return errors.Join(err,
		tx.PutAccount(j, Account{}),
		tx.SetCursor(j, "phone", 1),
		tx.PutDevice(Device{Account: j, ID: "d", Key: [32]byte{n}}),
		tx.SpacePut("vcard", j, []byte("k"), []byte("v")),
		tx.SpacePut("pep", j, nil, []byte("v")),
	)
}

// fillStreams gives account j a stream.
func fillStreams(tx *Tx, j jid.JID, n byte) error {
	return errors.Join(
		tx.PutStream(&Stream{Account: j, ID: StreamID{n}, Resource: "r"}),
		tx.SetStreamIn(j, StreamID{n}, 1),
		tx.SetStreamOut(j, StreamID{n}, StreamOut{Taken: 1, Unacked: []uint64{1}}),
	)
}

// dump returns every key and value of the store.
func dump(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := s.src.scan(nil, nil, false, func(key, rec []byte) (bool, error) {
		all[string(key)] = string(rec)
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDeleteAccount: everything of the account goes but where its numbers were, and
// nothing of others, also of those whose addresses are nearly the same; and the account
// can begin anew, in the same batch even, with numbers that it never had.
func TestDeleteAccount(t *testing.T) {
	victim := jid.MustParse("user@example.org")
	others := []jid.JID{
		jid.MustParse("user@example.or"), jid.MustParse("user@example.org.uk"), jid.MustParse("use@example.org"),
		jid.MustParse("userr@example.org"), jid.MustParse("example.org"), jid.MustParse("user.@example.org"),
	}
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) error {
		for i, j := range others {
			if err := errors.Join(fill(tx, j, victim, byte(i)), fillStreams(tx, j, byte(i))); err != nil {
				return err
			}
		}
		return tx.SpacePut("server", jid.JID{}, []byte("k"), []byte("v"))
	})
	before := dump(t, s)
	for n := range uint64(2) {
		do(t, s, func(tx *Tx) error { return errors.Join(fill(tx, victim, others[0], 100), fillStreams(tx, victim, 100)) })
		do(t, s, func(tx *Tx) error { return tx.DeleteAccount(victim) })
		after := dump(t, s)
		delete(after, string(accountKey(nil, tableCounters, victim)))
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("before %q\nafter  %q", before, after)
		}
		if b, err := s.ArchiveBounds(victim); b.Entries != 0 || err != nil {
			t.Errorf("the archive has %+v, %v", b, err)
		}
		told := func(RosterItem, bool) bool { t.Error("an item of a roster that is gone"); return false }
		if ok, err := s.RosterSince(victim, 2*n+1, told); ok || err != nil {
			t.Errorf("a client that has the roster that is gone is told nothing: %v, %v", ok, err)
		}
		if ok, err := s.RosterSince(victim, 2*n+2, told); !ok || err != nil {
			t.Errorf("the new roster is not at %d: %v", 2*n+2, err)
		}
	}
	do(t, s, func(tx *Tx) error {
		if err := fill(tx, victim, others[0], 100); err != nil {
			return err
		}
		if err := tx.DeleteAccount(victim); err != nil {
			return err
		}
		if last, err := tx.ArchiveLast(victim); last != 3 || err != nil {
			t.Errorf("after the deletion the archive ends at %d, %v", last, err)
		}
		seq, dup, err := tx.Append(Entry{Account: victim, From: others[0], OriginID: []byte("o")})
		if seq != 4 || dup {
			t.Errorf("the first message of the new account: seq %d, duplicate %v", seq, dup)
		}
		return err
	})
	if r, err := s.Verify(ctx, nil); err != nil || r.Faults != 0 {
		t.Errorf("verify: %v, %v", r.First, err)
	}
}

func TestDevices(t *testing.T) {
	s := openMemory(t, nil, Options{})
	phone := Device{Account: juliet, ID: "phone", Key: [32]byte{1}, Name: "Juliet's", Created: time.Unix(1, 0).UTC()}
	tablet := Device{Account: juliet, ID: "tablet", Key: [32]byte{2}}
	do(t, s, func(tx *Tx) error { return errors.Join(tx.PutDevice(tablet), tx.PutDevice(phone)) })
	if d, ok, err := s.DeviceByKey(phone.Key); !ok || err != nil || d != phone {
		t.Errorf("%+v, %v, %v", d, ok, err)
	}
	if !phone.LastSeen().Equal(phone.Created) {
		t.Error("a device that has not come back was seen", phone.LastSeen())
	}
	phone.Seen = time.Unix(2, 0).UTC()
	do(t, s, func(tx *Tx) error { return tx.PutDevice(phone) })
	if d, ok, err := s.DeviceByKey(phone.Key); !ok || err != nil || d != phone || !d.LastSeen().Equal(phone.Seen) {
		t.Errorf("%+v, %v, %v", d, ok, err)
	}
	for _, d := range []Device{{Account: romeo, ID: "phone", Key: phone.Key}, {Account: juliet, ID: "other", Key: phone.Key}} {
		if err := s.Do(ctx, func(tx *Tx) error { return tx.PutDevice(d) }); !errors.Is(err, ErrKeyInUse) {
			t.Errorf("the key again for %s of %s: %v", d.ID, d.Account, err)
		}
	}
	old := phone.Key
	phone.Key = [32]byte{3}
	do(t, s, func(tx *Tx) error { return tx.PutDevice(phone) })
	if _, ok, err := s.DeviceByKey(old); ok || err != nil {
		t.Errorf("the old key still works: %v", err)
	}
	var ids []string
	if err := s.Devices(juliet, func(d Device) bool { ids = append(ids, d.ID); return true }); err != nil || fmt.Sprint(ids) != "[phone tablet]" {
		t.Errorf("%v, %v", ids, err)
	}
	do(t, s, func(tx *Tx) error { return tx.DeleteDevice(juliet, "phone") })
	if _, ok, _ := s.DeviceByKey(phone.Key); ok {
		t.Error("the key of a deleted device works")
	}
	do(t, s, func(tx *Tx) error { return tx.DeleteDevices(juliet) })
	if _, ok, _ := s.DeviceByKey(tablet.Key); ok {
		t.Error("the key of a deleted device works")
	}
	if n := len(dump(t, s)); n != 1 { // the format
		t.Errorf("%d keys are left", n)
	}
}

func TestCursors(t *testing.T) {
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) error {
		for i := range 10 {
			if _, _, err := tx.Append(message(fmt.Sprint(i), "")); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		device    string
		set, want uint64
	}{
		{"phone", 0, 0}, {"phone", 3, 3}, {"phone", 2, 3}, {"tablet", 1, 1}, {"phone", 10, 10},
		{"phone", 11, 10}, {"tablet", 99, 10}, {"a\x00b", 4, 4}, {"a", 5, 5},
	} {
		do(t, s, func(tx *Tx) error {
			if err := tx.SetCursor(juliet, c.device, c.set); err != nil {
				return err
			}
			if got, err := tx.Cursor(juliet, c.device); got != c.want || err != nil {
				t.Errorf("%q set to %d: in the batch at %d, %v", c.device, c.set, got, err)
			}
			return nil
		})
		if got, err := s.Cursor(juliet, c.device); got != c.want || err != nil {
			t.Errorf("%q set to %d: at %d, %v", c.device, c.set, got, err)
		}
	}
}

// TestDeleteCursor: a device that is forgotten begins anew, in the batch that forgets it and after.
func TestDeleteCursor(t *testing.T) {
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) error {
		var errs []error
		for i := range 3 {
			_, _, err := tx.Append(message(fmt.Sprint(i), ""))
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
	do(t, s, func(tx *Tx) error {
		return errors.Join(tx.SetCursor(juliet, "phone", 3), tx.SetCursor(juliet, "tablet", 2))
	})
	do(t, s, func(tx *Tx) error {
		err := tx.DeleteCursor(juliet, "phone")
		has, err2 := tx.HasCursor(juliet, "phone")
		other, err3 := tx.Cursor(juliet, "tablet")
		if has || other != 2 {
			t.Errorf("phone has a cursor: %v; tablet's is %d", has, other)
		}
		return errors.Join(err, err2, err3)
	})
	if c, err := s.Cursor(juliet, "phone"); c != 0 || err != nil {
		t.Errorf("the phone's cursor is %d, %v", c, err)
	}
}

func TestSpaces(t *testing.T) {
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) error {
		return errors.Join(
			tx.SpacePut("a", juliet, []byte("k1"), []byte("v1")),
			tx.SpacePut("a", juliet, []byte("k2\x00"), []byte("v2")),
			tx.SpacePut("a", juliet, []byte("k\xff"), nil),
			tx.SpacePut("ab", juliet, []byte("k1"), []byte("other space")),
			tx.SpacePut("a", romeo, []byte("k1"), []byte("other account")),
			tx.SpacePut("a", jid.JID{}, []byte("k1"), []byte("server")),
		)
	})
	for prefix, want := range map[string]string{"": "k1=v1 k2\x00=v2 k\xff= ", "k2": "k2\x00=v2 ", "k\xff": "k\xff= ", "z": ""} {
		var b bytes.Buffer
		err := s.SpaceScan("a", juliet, []byte(prefix), func(key, val []byte) bool {
			fmt.Fprintf(&b, "%s=%s ", key, val)
			return true
		})
		if b.String() != want || err != nil {
			t.Errorf("%q: %q, %v", prefix, b.String(), err)
		}
	}
	if v, ok, err := s.SpaceGet("a", jid.JID{}, []byte("k1")); string(v) != "server" || !ok || err != nil {
		t.Errorf("%q, %v, %v", v, ok, err)
	}
	do(t, s, func(tx *Tx) error { return tx.SpaceDelete("a", juliet, []byte("k1")) })
	if _, ok, err := s.SpaceGet("a", juliet, []byte("k1")); ok || err != nil {
		t.Errorf("deleted: %v, %v", ok, err)
	}
	for _, c := range []struct {
		key, val int
		ok       bool
	}{{MaxSpaceKey, 1, true}, {MaxSpaceKey + 1, 1, false}, {1, MaxSpaceValue, true}, {1, MaxSpaceValue + 1, false}} {
		err := s.Do(ctx, func(tx *Tx) error { return tx.SpacePut("big", juliet, make([]byte, c.key), make([]byte, c.val)) })
		if errors.Is(err, ErrInvalid) == c.ok || c.ok && err != nil {
			t.Errorf("key of %d, value of %d: %v", c.key, c.val, err)
		}
	}
}

func TestSecretStays(t *testing.T) {
	m := NewMemory()
	s := openMemory(t, m, Options{})
	a, err := s.Secret("scram")
	if err != nil || len(a) != 32 {
		t.Fatalf("%x, %v", a, err)
	}
	if b, _ := s.Secret("link"); bytes.Equal(a, b) {
		t.Error("two secrets are the same")
	}
	s2 := openMemory(t, m.Crash(1), Options{})
	if b, err := s2.Secret("scram"); !bytes.Equal(a, b) || err != nil {
		t.Errorf("after a crash: %x, %v", b, err)
	}
}
