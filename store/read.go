package store

import (
	"bytes"
	"errors"
	"runtime"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// reader has the read methods that Store and Tx share. The methods are spread
// by concern: account.go, archive.go, cursor.go, device.go, roster.go, space.go.
//
// On a Store they show what is committed and synced, may be called from any
// goroutine, and block for the disk. On a Tx they show all that and every write
// of earlier operations and of the operation itself, and may be called only
// inside Apply.
type reader struct{ src source }

// visit is called with each key and value of a scan, which are valid during the
// call. It returns whether to go on.
type visit func(key, val []byte) (bool, error)

// source is where a reader reads: an ordered map of bytes.
type source interface {
	// get returns a copy of the value of key.
	get(key []byte) (val []byte, ok bool, err error)
	// scan visits the keys in [lower, upper), from the last when backward.
	scan(lower, upper []byte, backward bool, f visit) error
	// pebble returns what keys of that table are to be read from, valid until the next write or the end of the view.
	pebble(table byte) (*Store, pebble.Reader, error)
}

// seeker reads single values from one iterator: many gets for the price of a few.
type seeker struct {
	s    *Store
	from pebble.Reader
	o    pebble.IterOptions
	it   *pebble.Iterator
	n    int
}

// seek returns the value of key, which is valid until the next seek.
func (k *seeker) seek(key []byte) (val []byte, ok bool, err error) {
	if k.n++; k.n%maxIterKeys == 0 {
		if err := k.close(); err != nil {
			return nil, false, err
		}
	}
	if k.it == nil {
		if k.it, err = k.from.NewIter(&k.o); err != nil {
			return nil, false, readError(err)
		}
		k.s.iters.Add(1)
	}
	if !k.it.SeekGE(key) || !bytes.Equal(k.it.Key(), key) {
		return nil, false, readError(k.it.Error())
	}
	return k.it.Value(), true, nil
}

func (k *seeker) close() error {
	if k.it == nil {
		return nil
	}
	k.s.iters.Add(-1)
	err := k.it.Close()
	k.it = nil
	return readError(err)
}

// oneView calls f with a reader that shows one and the same state in all of f.
func (r *reader) oneView(f func(r *reader) error) error {
	s, ok := r.src.(syncedSource)
	if !ok {
		return f(r)
	}
	return s.with(func(v viewSource) error { return f(&reader{src: v}) })
}

// readOne returns a copy of one value.
func (s *Store) readOne(from pebble.Reader, key []byte) ([]byte, bool, error) {
	val, closer, err := from.Get(key)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, readError(err)
	}
	val = bytes.Clone(val)
	return val, true, closer.Close()
}

// scanSome visits up to limit keys (0: all, and without a rest) and returns the bound to go on from:
// the next lower one, or backward the next upper one; nil at the end.
func (s *Store) scanSome(from pebble.Reader, lower, upper []byte, backward bool, limit int, f visit) (next []byte, err error) {
	it, err := from.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, readError(err)
	}
	s.iters.Add(1)
	defer func() {
		s.iters.Add(-1)
		err = errors.Join(err, readError(it.Close()))
	}()
	first, step := it.First, it.Next
	if backward {
		first, step = it.Last, it.Prev
	}
	start := time.Now()
	n, size := 0, 0
	for ok := first(); ok; ok = step() {
		value := it.Value()
		more, err := f(it.Key(), value)
		if err != nil || !more {
			return nil, err
		}
		n++
		if limit == 0 {
			continue
		}
		full := n >= limit
		if size += len(value); n%courtesyKeys == 0 || size > courtesyBytes {
			size = 0
			runtime.Gosched()
			full = full || time.Since(start) > maxIterTime
		}
		switch {
		case full && backward:
			return bytes.Clone(it.Key()), nil
		case full:
			return append(bytes.Clone(it.Key()), 0), nil
		}
	}
	return nil, readError(it.Error())
}

func readError(err error) error {
	if err != nil && pebble.IsCorruptionError(err) {
		return errors.Join(ErrCorrupt, err)
	}
	return err
}
