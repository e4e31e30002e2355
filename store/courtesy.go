package store

import (
	"runtime"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Long work in the background lets others have the processor, again and again. The Go runtime takes it away only after 10 ms; and two goroutines that hand each other
// work, as those of a compaction do, keep it between them for far longer, for a goroutine that is woken so inherits what is left of the other's time. On a small machine
// the loops of package edge would wait for that, and with them every message: 0.2 s were seen.

// A scan rests after so many keys or so many bytes: some tenth of a millisecond.
const (
	courtesyKeys  = 64
	courtesyBytes = 256 << 10
)

// courteousFS rests after each block of a table that is written: of compactions and flushes, not of logs, which somebody waits for.
type courteousFS struct{ vfs.FS }

// Unwrap implements vfs.FS.
func (fs courteousFS) Unwrap() vfs.FS { return fs.FS }

// Create implements vfs.FS.
func (fs courteousFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	if err == nil && strings.HasSuffix(name, ".sst") {
		f = courteousFile{f}
	}
	return f, err
}

type courteousFile struct{ vfs.File }

// Write implements vfs.File.
func (f courteousFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	runtime.Gosched()
	return n, err
}
