package store

import (
	"context"
	"crypto/rand"
)

const secretSize = 32

// Secret returns the server's secret of that name, 32 random bytes that are made
// (and synced, also with relaxed durability) the first time they are asked for.
// Any goroutine; it blocks.
func (s *Store) Secret(name string) ([]byte, error) {
	secret, ok, err := s.secret(name)
	if ok || err != nil {
		return secret, err
	}
	err = s.Do(context.Background(), func(tx *Tx) error {
		secret, ok, err = tx.secret(name)
		if ok || err != nil {
			return err
		}
		secret = make([]byte, secretSize)
		rand.Read(secret)
		tx.key = secretKey(tx.key[:0], name)
		tx.val = append(append(tx.val[:0], recordVersion), secret...)
		tx.set(tx.key, tx.val)
		return nil
	})
	if err == nil && s.relaxed() {
		err = s.db.Flush() // keys are made of it that others keep: a crash must not take it back
	}
	if err != nil {
		return nil, err
	}
	return secret, nil
}

func (r *reader) secret(name string) ([]byte, bool, error) {
	key := secretKey(nil, name)
	rec, ok, err := r.src.get(key)
	if !ok || err != nil {
		return nil, false, err
	}
	f, err := openRecord(key, rec)
	if err == nil && len(f.buf) != secretSize {
		err = corruptf("secret %q has %d bytes", name, len(f.buf))
	}
	return f.rest(), err == nil, err
}
