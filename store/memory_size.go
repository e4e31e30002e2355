package store

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// SetSize bounds the files of the disk to so many bytes from now on, 0: not at all. What finds no room fails with ENOSPC, and a store that is opened on the disk
// after the first call looks at the free space whenever it has changed, and not every second. Any goroutine may call it.
func (m *Memory) SetSize(bytes int64) {
	if m.size == nil {
		m.size = &sizedFS{FS: m.fs, changed: make(chan time.Time, 1)}
	}
	m.size.bytes.Store(bytes)
	m.size.change()
}

// sizedFS is a disk with a size.
type sizedFS struct {
	vfs.FS
	bytes   atomic.Int64
	changed chan time.Time
	mu      sync.Mutex // one write at a time
}

// change tells the store that it may have more or less space.
func (fs *sizedFS) change() {
	select {
	case fs.changed <- time.Time{}:
	default: // it is told already
	}
}

// Unwrap implements vfs.FS.
func (fs *sizedFS) Unwrap() vfs.FS { return fs.FS }

// used returns the bytes of all files.
func (fs *sizedFS) used() (bytes int64) {
	names, _ := fs.List(memoryDir)
	for _, name := range names {
		if info, err := fs.Stat(fs.PathJoin(memoryDir, name)); err == nil { // else it has just gone
			bytes += info.Size()
		}
	}
	return bytes
}

// GetDiskUsage implements vfs.FS.
func (fs *sizedFS) GetDiskUsage(string) (vfs.DiskUsage, error) {
	size, used := uint64(fs.bytes.Load()), uint64(fs.used())
	if size == 0 {
		return vfs.DiskUsage{}, vfs.ErrUnsupported
	}
	return vfs.DiskUsage{AvailBytes: size - min(used, size), TotalBytes: size, UsedBytes: used}, nil
}

// Create implements vfs.FS.
func (fs *sizedFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	return fs.wrap(name, f, err)
}

// ReuseForWrite implements vfs.FS.
func (fs *sizedFS) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(old, name, c)
	return fs.wrap(name, f, err)
}

// Remove implements vfs.FS.
func (fs *sizedFS) Remove(name string) error {
	defer fs.change()
	return fs.FS.Remove(name)
}

func (fs *sizedFS) wrap(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return &sizedFile{f, fs, name}, nil
}

// sizedFile is a file that is written from its beginning to its end.
type sizedFile struct {
	vfs.File
	fs   *sizedFS
	name string
}

// Write implements vfs.File.
func (f *sizedFile) Write(p []byte) (int, error) {
	defer f.fs.change()
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if size := f.fs.bytes.Load(); size > 0 && f.fs.used()+int64(len(p)) > size {
		return 0, &os.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	return f.File.Write(p)
}
