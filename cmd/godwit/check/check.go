package check

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/config"
)

// Level says how a finding is to be taken.
type Level string

// The levels.
const (
	OK   Level = "ok"   // as it should be
	Note Level = "note" // worth knowing
	Bad  Level = "bad"  // a server would not start, or not be of use
)

// Finding is one thing that was looked at.
type Finding struct {
	Level Level
	Text  string
}

// Findings are all that Run found.
type Findings []Finding

// Write writes a line for each.
func (f Findings) Write(w io.Writer) error {
	for _, x := range f {
		if _, err := fmt.Fprintf(w, "%-4s  %s\n", x.Level, x.Text); err != nil {
			return err
		}
	}
	return nil
}

// Bad counts those that are Bad.
func (f Findings) Bad() (n int) {
	for _, x := range f {
		if x.Level == Bad {
			n++
		}
	}
	return n
}

func (f *Findings) add(l Level, format string, args ...any) {
	*f = append(*f, Finding{l, fmt.Sprintf(format, args...)})
}

// Run looks at everything that c needs. now is the time by which certificates are judged.
func Run(c *config.Config, now time.Time) (f Findings) {
	running := admin.Running(c.Data)
	if running {
		f.add(Note, "a server runs on %s and answers", c.Data)
	}
	f.data(c)
	for i := range c.Host {
		f.host(&c.Host[i], now)
	}
	for _, l := range c.Listen {
		f.listen(l, running)
	}
	if address := c.Metrics.Listen; address != "" {
		f.port("metrics "+address, address, running)
	}
	f.descriptors(c)
	return f
}

// data looks at the folder and its disk.
func (f *Findings) data(c *config.Config) {
	dir, missing := c.Data, false
	for {
		st, err := os.Stat(dir)
		if err == nil && !st.IsDir() {
			f.add(Bad, "data %s: %s is no folder: name another", c.Data, dir)
			return
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			f.add(Bad, "data %s: %v", c.Data, err)
			return
		}
		dir, missing = filepath.Dir(dir), true
	}
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		f.add(Bad, "data %s: %s cannot be written to: change its owner, or name another", c.Data, dir)
		return
	}
	if missing {
		f.add(Note, "data %s will be made", c.Data)
	}
	f.disk(c, dir)
}

const gib = 1 << 30

// disk looks at the free space, which the store wants some of.
func (f *Findings) disk(c *config.Config, dir string) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		f.add(Note, "data %s: free space unknown: %v", c.Data, err)
		return
	}
	free, total := st.Bavail*uint64(st.Bsize), st.Blocks*uint64(st.Bsize)
	floor := c.Store.MinFree(total)
	level, remedy := OK, ""
	if free < floor {
		level, remedy = Bad, fmt.Sprintf(": messages are refused below %.1f GiB: free some, or set store.min_free_bytes", float64(floor)/gib)
	}
	f.add(level, "data %s: %.1f GiB free of %.1f%s", c.Data, float64(free)/gib, float64(total)/gib, remedy)
}

// listen tries a port.
func (f *Findings) listen(l config.ListenConfig, running bool) {
	what := fmt.Sprintf("listen %s %s", l.Kind, l.Address)
	if l.Plaintext {
		what += " (passwords in the clear allowed)"
	}
	if len(l.Compression) > 0 {
		f.add(Note, "%s: clients may compress by %s: it saves bytes, and costs several times the processor time of a stanza", what, strings.Join(l.Compression, " or "))
	}
	if slices.Contains(l.Origins, "*") {
		f.add(Note, "%s: every web page may open the link: it cannot log in without a password or a key, but it can try", what)
	}
	f.port(what, l.Address, running)
}

// port tries whether an address can be listened on.
func (f *Findings) port(what, address string, running bool) {
	socket, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		socket.Close()
		f.add(OK, "%s: the port is free", what)
	case running && errors.Is(err, syscall.EADDRINUSE):
		f.add(OK, "%s: in use, by the server that runs", what)
	case errors.Is(err, syscall.EADDRINUSE):
		f.add(Bad, "%s: another process has this port: stop it, or take another port", what)
	case errors.Is(err, syscall.EACCES):
		f.add(Bad, "%s: ports below 1024 need a privilege: take another port, or grant CAP_NET_BIND_SERVICE", what)
	default:
		f.add(Bad, "%s: %v: correct the address", what, err)
	}
}

// fewDescriptors is how many are few for a server.
const fewDescriptors = 4096

// descriptors looks at how many connections there can be.
func (f *Findings) descriptors(c *config.Config) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		f.add(Note, "descriptors: %v", err)
		return
	}
	n := limit.Max // Go raises the soft limit to it
	switch {
	case c.Limits.MaxConnections > 0 && uint64(c.Limits.MaxConnections) > n:
		f.add(Note, "descriptors: %d, fewer than limits.max_connections = %d: raise LimitNOFILE or ulimit -n", n, c.Limits.MaxConnections)
	case n < fewDescriptors:
		f.add(Note, "descriptors: %d, which bounds the connections: raise LimitNOFILE or ulimit -n", n)
	default:
		f.add(OK, "descriptors: %d", n)
	}
}
