package store

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

func TestStreamComesBack(t *testing.T) {
	s := openMemory(t, nil, Options{})
	at := time.Date(2026, 11, 21, 12, 30, 0, 0, time.UTC)
	for i, want := range []Stream{
		{},
		{
			Resource: "balcony", Max: time.Hour, Expires: at, Ended: true, Interested: true, Carbons: true, RosterVersion: 7, Priority: -3,
			Presence: []byte("here"), In: 1<<32 - 1,
			Out: StreamOut{Acked: 1<<32 - 2, Started: true, Taken: 300, Complete: true, Life: 1 << 63, Unacked: []uint64{0, 1, 0, 1 << 40}},
		},
		{Carbons: true, Out: StreamOut{Started: true}},
	} {
		want.Account, want.ID = juliet, StreamID{byte(i)}
		do(t, s, func(tx *Tx) error {
			if err := tx.PutStream(&want); err != nil {
				return err
			}
			if err := tx.SetStreamIn(want.Account, want.ID, want.In); err != nil {
				return err
			}
			return tx.SetStreamOut(want.Account, want.ID, want.Out)
		})
		got, ok, err := s.Stream(balcony, want.ID)
		if err != nil || !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v, %v; not %+v", got, ok, err, want)
		}
		if _, ok, err := s.Stream(romeo, want.ID); ok || err != nil {
			t.Errorf("romeo has it too: %v", err)
		}
	}
}

// TestStreamsOfAll: a scan in steps gives each stream once, and those of an account are found and forgotten together.
func TestStreamsOfAll(t *testing.T) {
	s := openMemory(t, nil, Options{})
	do(t, s, func(tx *Tx) error {
		for i := range byte(10) {
			owner := juliet
			if i%2 == 1 {
				owner = romeo
			}
			tx.PutStream(&Stream{Account: owner, ID: StreamID{i}})
			tx.SetStreamIn(owner, StreamID{i}, 1)
		}
		return nil
	})
	count := func() (n int) {
		seen := make(map[StreamID]bool)
		var after []byte
		for calls := 0; calls == 0 || after != nil; calls++ {
			var err error
			after, err = s.ScanStreams(after, 3, func(found Stream) { seen[found.ID] = true })
			if err != nil || calls > 10 {
				t.Fatal(err, calls)
			}
		}
		return len(seen)
	}
	if n := count(); n != 10 {
		t.Errorf("%d streams", n)
	}
	do(t, s, func(tx *Tx) error { return tx.DeleteStreams(juliet) })
	if n := count(); n != 5 {
		t.Errorf("%d streams without juliet's", n)
	}
	left := 0
	s.Streams(romeo, func(Stream) bool { left++; return true })
	if left != 5 || len(dump(t, s)) != 11 { // and the format
		t.Errorf("%d of romeo's, %d keys", left, len(dump(t, s)))
	}
}

func TestStreamInAllocatesNothing(t *testing.T) {
	s := openMemory(t, nil, Options{})
	result := make(chan float64, 1)
	do(t, s, func(tx *Tx) error {
		n := uint32(0)
		result <- testing.AllocsPerRun(1000, func() {
			n++
			tx.SetStreamIn(juliet, StreamID{1}, n)
		})
		return nil
	})
	if n := <-result; n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestVerifyStreams: records of streams that say what cannot be are named.
func TestVerifyStreams(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(b *pebble.Batch, key []byte)
		faults uint64
	}{
		{"nothing", func(*pebble.Batch, []byte) {}, 0},
		{"left over", func(b *pebble.Batch, key []byte) { b.Delete(key, nil) }, 0},
		{"a short key", func(b *pebble.Batch, key []byte) { plant(b, key[:len(key)-1], nil) }, 1},
		{"a short record", func(b *pebble.Batch, key []byte) { plant(b, key, []byte{0}) }, 1},
		{"a count of nothing", func(b *pebble.Batch, key []byte) {
			key[0] = tableStreamIn
			plant(b, key, nil)
		}, 1},
		{"taken what is not there", func(b *pebble.Batch, key []byte) {
			key[0] = tableStreamOut
			plant(b, key, append([]byte{1}, uvarints(0, 99, 0)...))
		}, 1},
		{"more unacked than there are", func(b *pebble.Batch, key []byte) {
			key[0] = tableStreamOut
			plant(b, key, append([]byte{1}, uvarints(0, 0, 1<<50)...))
		}, 1},
	} {
		s := verifyWorld(t)
		b := s.db.NewIndexedBatch()
		c.damage(b, bytes.Clone(streamKey(nil, tableStream, juliet, StreamID{1})))
		if err := b.Commit(pebble.Sync); err != nil {
			t.Fatal(err)
		}
		do(t, s, func(tx *Tx) error { return tx.SpacePut("new", juliet, nil, nil) }) // a new view
		r, err := s.Verify(ctx, nil)
		if err != nil || uint64(r.Faults) != c.faults {
			t.Errorf("%s: %v %s", c.name, err, fmt.Sprint(r.First))
		}
	}
}
