package store

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var (
	rotBits = flag.Int("rot.bits", 120, "how many bits TestBitRot flips, one at a time")
	rotSeed = flag.Uint64("rot.seed", rand.Uint64()>>1, "seed of the first, the next has the next")
)

// TestBitRot flips one random bit of one of the store's files, each kind of file in turn. The store must
// then refuse to open, or report an error when read, or read as it was: it must
// never show something else.
//
// The end of the log is the exception. Pebble finds a damaged place in a log by
// what follows in later blocks of 32 KiB; with none, it takes it for a write
// that the power cut in two, and the log ends there. So damage there may take
// the newest commits back, whole and in order, and no more than that.
//
// A long run:
//
//	go test ./store -run TestBitRot -v -timeout 0 -rot.bits 10000
func TestBitRot(t *testing.T) {
	for _, noFlush := range []bool{false, true} {
		t.Run(fmt.Sprintf("log=%v", noFlush), func(t *testing.T) {
			m, states := rottingStore(t, noFlush)
			want := states[len(states)-1]
			kinds := kindsOf(t, m)
			became := make(map[string]*rotCount)
			for seed := *rotSeed; seed < *rotSeed+uint64(*rotBits/2); seed++ {
				bad := &Memory{fs: m.fs.CrashClone(vfs.CrashCloneCfg{})}
				flip := flipBit(t, bad, kinds, rand.New(rand.NewPCG(seed, 0)))
				if became[flip.kind] == nil {
					became[flip.kind] = new(rotCount)
				}
				n := became[flip.kind]
				n.bits++
				got, err := readAll(bad)
				switch {
				case err != nil:
					n.noticed++
				case reflect.DeepEqual(got, want):
					n.harmless++
				case flip.logTail() && slices.ContainsFunc(states, func(s map[string]string) bool { return reflect.DeepEqual(s, got) }):
					n.cut++
				default:
					t.Errorf("%+v goes unnoticed: %d keys of %d\nagain: go test ./store -run %s -rot.bits 2 -rot.seed %d", flip, len(got), len(want), t.Name(), seed)
				}
			}
			t.Logf("seed %d", *rotSeed)
			for _, kind := range kinds {
				if n := became[kind]; n != nil {
					t.Logf("%-9s %5d bits: %5d noticed, %5d harmless, %5d took back the end of the log", kind, n.bits, n.noticed, n.harmless, n.cut)
				}
			}
		})
	}
}

// rotCount is what has become of the bits of one kind of file.
type rotCount struct{ bits, noticed, harmless, cut int }

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
	kind, file string
	bit, size  int
}

// logTail reports whether no block of 32 KiB follows that of the bit.
func (f bitFlip) logTail() bool {
	const block = 32 << 10
	return strings.HasSuffix(f.file, ".log") && f.bit/8/block >= (f.size-1)/block
}

// kindOf is the part of a file's name that says what it holds.
func kindOf(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 && !strings.HasPrefix(name, "marker") {
		return name[i+1:]
	}
	kind, _, _ := strings.Cut(name, "-")
	return kind
}

// kindsOf returns the kinds of the files that are not empty.
func kindsOf(t *testing.T, m *Memory) (kinds []string) {
	for name := range filesOf(t, m) {
		kinds = append(kinds, kindOf(name))
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// filesOf returns the files that are not empty.
func filesOf(t *testing.T, m *Memory) map[string][]byte {
	t.Helper()
	names, err := m.fs.List(memoryDir)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	for _, name := range names {
		f, err := m.fs.Open(m.fs.PathJoin(memoryDir, name))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if len(data) > 0 {
			files[name] = data
		}
	}
	return files
}

// flipBit picks a kind, a file of that kind, and a bit of it.
func flipBit(t *testing.T, m *Memory, kinds []string, rng *rand.Rand) bitFlip {
	t.Helper()
	kind := kinds[rng.IntN(len(kinds))]
	files := filesOf(t, m)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return kindOf(name) != kind })
	name := names[rng.IntN(len(names))]
	data := files[name]
	bit := rng.IntN(8 * len(data))
	f, err := m.fs.OpenReadWrite(m.fs.PathJoin(memoryDir, name), vfs.WriteCategoryUnspecified)
	if err == nil {
		_, err = f.WriteAt([]byte{data[bit/8] ^ 1<<(bit%8)}, int64(bit/8))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return bitFlip{kind, name, bit, len(data)}
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
