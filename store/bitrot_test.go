package store

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestBitRot flips one random bit of one of the store's files. The store must
// then refuse to open, or report an error when read, or read as it was: it must
// never show something else.
//
// The end of the log is the exception. Pebble finds a damaged place in a log by
// what follows in later blocks of 32 KiB; with none, it takes it for a write
// that the power cut in two, and the log ends there. So damage there may take
// the newest commits back, whole and in order, and no more than that.
func TestBitRot(t *testing.T) {
	for _, noFlush := range []bool{false, true} {
		t.Run(fmt.Sprintf("log=%v", noFlush), func(t *testing.T) {
			seed := rand.Uint64()
			rng := rand.New(rand.NewPCG(seed, 0))
			m, states := rottingStore(t, noFlush)
			want := states[len(states)-1]
			harmless, cut := 0, 0
			const samples = 60
			for i := range samples {
				bad := &Memory{m.fs.CrashClone(vfs.CrashCloneCfg{})}
				flip := flipBit(t, bad, rng)
				got, err := readAll(bad)
				switch {
				case err != nil:
				case reflect.DeepEqual(got, want):
					harmless++
				case flip.logTail() && slices.ContainsFunc(states, func(s map[string]string) bool { return reflect.DeepEqual(s, got) }):
					cut++
				default:
					t.Errorf("seed %d, sample %d: %+v goes unnoticed: %d keys of %d", seed, i, flip, len(got), len(want))
				}
			}
			t.Logf("%d bits: %d harmless, %d took back the end of the log, the others noticed", samples, harmless, cut)
		})
	}
}

// rottingBytes makes the records of the log end soon after the blocks begin. The bytes of a record in front of a block's end are missing in the count
// of synced bytes that Pebble (v2.1) writes into the log, and the further that is behind, the longer is the end of the log in which damage goes unnoticed.
const rottingBytes = 10<<10 - 80

// rottingStore is a closed store with data in tables, or in its log, and what it
// was after each commit.
func rottingStore(t *testing.T, noFlush bool) (*Memory, []map[string]string) {
	m := NewMemory()
	o := quiet(Options{})
	o.hooks.noFlush = noFlush
	s, err := OpenMemory(m, o)
	if err != nil {
		t.Fatal(err)
	}
	states := []map[string]string{dump(t, s)}
	for i := range 20 {
		do(t, s, func(tx *Tx) error {
			return errors.Join(fill(tx, contact(i), romeo, byte(i)), tx.SpacePut("big", romeo, []byte{byte(i)}, make([]byte, rottingBytes)))
		})
		states = append(states, dump(t, s))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return m, states
}

// bitFlip says which bit of which file is wrong.
type bitFlip struct {
	file      string
	bit, size int
}

// logTail reports whether no block of 32 KiB follows that of the bit.
func (f bitFlip) logTail() bool {
	const block = 32 << 10
	return strings.HasSuffix(f.file, ".log") && f.bit/8/block >= (f.size-1)/block
}

func flipBit(t *testing.T, m *Memory, rng *rand.Rand) bitFlip {
	t.Helper()
	names, err := m.fs.List(memoryDir)
	if err != nil {
		t.Fatal(err)
	}
	for {
		name := names[rng.IntN(len(names))]
		path := m.fs.PathJoin(memoryDir, name)
		f, err := m.fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		data, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) == 0 || strings.HasPrefix(name, "OPTIONS") {
			continue // OPTIONS holds no data, only what it was opened with
		}
		bit := rng.IntN(8 * len(data))
		data[bit/8] ^= 1 << (bit % 8)
		if _, err := f.WriteAt(data[bit/8:bit/8+1], int64(bit/8)); err != nil {
			t.Fatal(err)
		}
		return bitFlip{name, bit, len(data)}
	}
}

// readAll opens a store and reads every key, through the store's own checks.
func readAll(m *Memory) (map[string]string, error) {
	s, err := OpenMemory(m, quiet(Options{}))
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	err = s.src.scan(nil, nil, false, func(key, rec []byte) (bool, error) {
		all[string(key)] = string(rec)
		return true, nil
	})
	if s.corrupt.Load() && !errors.Is(s.Submit(&testOp{}), ErrCorrupt) {
		err = nil // it must refuse, so let the comparison fail
		all = nil
	}
	return all, errors.Join(err, s.Close())
}
