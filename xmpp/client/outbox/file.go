package outbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// File is an outbox in one file, a log with a line of JSON for each change. What is returned from is on the disk: every change is synced. Its methods may be called from
// any goroutine. One process at a time may have it open.
type File struct {
	mu      sync.Mutex
	path    string
	f       *os.File
	entries []record // in the order of Put
	lines   int      // in the file
	size    int64    // of the lines that are whole
	broken  error    // what has failed: nothing is known of the file's end then
}

// record is a line: a message, or its deletion when it has no entry.
type record struct {
	ID    string `json:"id"`
	Entry []byte `json:"entry,omitempty"`
}

// slack is the number of lines about what is gone at which the file is written anew.
const slack = 256

// Open opens the outbox at path, and makes it if there is none. A last line that is not whole is what a crash has left of a Put that did not return: it is
// cut off. Any other that cannot be read is an error: nothing is deleted unread.
func Open(path string) (*File, error) {
	b := &File{path: path}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	for {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			break
		}
		var r record
		if err := json.Unmarshal(line, &r); err != nil || r.ID == "" {
			return nil, fmt.Errorf("outbox: %s, line %d is none of an outbox", path, b.lines+1)
		}
		b.apply(r)
		b.lines++
		text = rest
	}
	return b, b.rewrite()
}

// apply changes what is in memory.
func (b *File) apply(r record) {
	i := slices.IndexFunc(b.entries, func(e record) bool { return e.ID == r.ID })
	switch {
	case r.Entry == nil && i >= 0:
		b.entries = slices.Delete(b.entries, i, i+1)
	case r.Entry == nil:
	case i >= 0:
		b.entries[i] = r
	default:
		b.entries = append(b.entries, r)
	}
}

// rewrite writes a new file in place of the old one, with what is left.
func (b *File) rewrite() error {
	var text []byte
	for _, r := range b.entries {
		line, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		text = append(append(text, line...), '\n')
	}
	f, err := os.OpenFile(b.path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(b.path+".new", b.path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(b.path))
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("outbox: %w", err)
	}
	if b.f != nil {
		b.f.Close()
	}
	b.f, b.lines, b.size = f, len(b.entries), int64(len(text))
	return nil
}

// syncFolder makes a new name in a folder last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// Put keeps an entry, which must not be empty, under an id; an older one with that id is replaced in its place.
func (b *File) Put(id string, entry []byte) error {
	if id == "" || len(entry) == 0 {
		return errors.New("outbox: an entry needs an id and content")
	}
	return b.change(record{id, slices.Clone(entry)})
}

// Delete removes the entry with this id; that there is none is no error.
func (b *File) Delete(id string) error {
	if id == "" {
		return errors.New("outbox: an entry has an id")
	}
	return b.change(record{ID: id})
}

func (b *File) change(r record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken != nil {
		return b.broken
	}
	if err := b.append(r); err != nil {
		b.broken = err
		return err
	}
	b.apply(r)
	if b.lines > len(b.entries)+slack {
		b.broken = b.rewrite()
	}
	return b.broken
}

// append writes a line and waits until it is on the disk.
func (b *File) append(r record) error {
	line, err := json.Marshal(r)
	if err == nil {
		_, err = b.f.WriteAt(append(line, '\n'), b.size)
	}
	if err == nil {
		err = b.f.Sync()
	}
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	b.size += int64(len(line)) + 1
	b.lines++
	return nil
}

// Visitor is called for every entry by Range.
type Visitor interface {
	// Visit is given an entry, which it must not change, and reports whether to go on. It must not use the outbox.
	Visit(id string, entry []byte) bool
}

// Range gives v every entry, in the order in which they were put first.
func (b *File) Range(v Visitor) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken != nil {
		return b.broken
	}
	for _, r := range b.entries {
		if !v.Visit(r.ID, r.Entry) {
			break
		}
	}
	return nil
}

// Close closes the file. Every change is on the disk already.
func (b *File) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.f == nil {
		return nil
	}
	err := b.f.Close()
	b.f, b.broken = nil, errClosed
	return err
}

var errClosed = errors.New("outbox: it is closed")
