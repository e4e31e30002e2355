package parked

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Config says what to measure. All fields are required but for Progress.
type Config struct {
	Folder   string                        // for the store; it must be empty
	Sessions int                           // how many streams
	Progress func(format string, a ...any) // told now and then
}

// Result is the outcome of a run. Sizes are in bytes.
type Result struct {
	Sessions   int
	Before     int64 // of the folder, with an empty store
	After      int64
	PerSession float64
	WriteTime  time.Duration // of all records
}

// perBatch is how many streams one operation of the store writes.
const perBatch = 1000

// Run measures.
func Run(ctx context.Context, c Config) (r Result, err error) {
	if c.Progress == nil {
		c.Progress = func(string, ...any) {}
	}
	r.Sessions = c.Sessions
	if r.Before, err = c.with(func(*store.Store) error { return nil }); err != nil {
		return r, err
	}
	start := time.Now()
	r.After, err = c.with(func(s *store.Store) error { return c.write(ctx, s) })
	r.WriteTime = time.Since(start)
	r.PerSession = float64(r.After-r.Before) / float64(c.Sessions)
	return r, err
}

// with lets f use the store, closes it, and returns the size of the folder.
func (c *Config) with(f func(s *store.Store) error) (int64, error) {
	s, err := store.Open(filepath.Join(c.Folder, "store"), store.Options{})
	if err != nil {
		return 0, err
	}
	if err := errors.Join(f(s), s.Close()); err != nil {
		return 0, err
	}
	return size(c.Folder)
}

// size returns how many bytes the files in a folder have.
func size(folder string) (total int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

// write writes all streams.
func (c *Config) write(ctx context.Context, s *store.Store) error {
	for first := 0; first < c.Sessions; first += perBatch {
		err := s.Do(ctx, func(tx *store.Tx) error {
			for i := first; i < min(first+perBatch, c.Sessions); i++ {
				if err := put(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if done := first + perBatch; done%100_000 == 0 {
			c.Progress("%d streams", done)
		}
	}
	return nil
}

// put writes the stream of one account: with a presence as clients send it, and three messages that the client has not acknowledged.
func put(tx *store.Tx, i int) error {
	var random [32]byte
	rand.Read(random[:]) // never fails
	account := jid.MustParse("user" + strconv.Itoa(i) + "@example.com")
	seq := uint64(binary.LittleEndian.Uint16(random[30:])) + 3
	s := &store.Stream{
		Account: account, ID: store.StreamID(random[:16]), Resource: base64.RawURLEncoding.EncodeToString(random[16:28]), Max: 24 * time.Hour,
		Expires: time.Now().Add(24 * time.Hour), Interested: true, Carbons: true, RosterVersion: uint64(random[28]), Presence: presence(random[8:28]),
	}
	err := errors.Join(tx.PutStream(s), tx.SetStreamIn(account, s.ID, uint32(seq/2)))
	return errors.Join(err, tx.SetStreamOut(account, s.ID, store.StreamOut{
		Acked: uint32(seq), Started: true, Taken: seq - 3, Complete: true, Unacked: []uint64{seq - 2, 0, seq - 1, seq},
	}))
}

// presence is one in the form in which stanzas are stored; ver is the hash of what the client can do (XEP-0115).
func presence(ver []byte) []byte {
	var b codec.Builder
	b.Start(atom.NSClient, atom.Presence)
	b.Start(atom.NSClient, atom.Show).Text("away").End()
	b.StartNS(atom.NSCaps.String(), "c").Attr(atom.Hash, "sha-1").Attr(atom.Node, "https://conversations.im")
	b.Attr(atom.Ver, base64.StdEncoding.EncodeToString(ver)).End()
	return compact.Encoder{}.AppendElement(nil, b.Element())
}
