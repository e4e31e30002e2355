package main

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/config"
)

const (
	logRoom     = 1 << 20     // bytes of lines that may wait to be written
	logFarewell = time.Second // how long the end waits for them
)

// newLogger makes the log of a server. Who logs does not wait until the line is written; flush does, for a second at most, and is to be called at the end.
func newLogger(w io.Writer, c config.LogConfig) (log *slog.Logger, flush func()) {
	handler := func(w io.Writer) slog.Handler {
		o := &slog.HandlerOptions{Level: c.SlogLevel()}
		if c.Format == "json" {
			return slog.NewJSONHandler(w, o)
		}
		return slog.NewTextHandler(w, o)
	}
	direct := slog.New(handler(w))
	q := newLogQueue(w, logRoom, func(lines int) {
		direct.Warn("lines of the log are left out: what it goes to does not take them as fast as they come", "lines", lines)
	})
	return slog.New(handler(q)), func() { q.flush(logFarewell) }
}

// logQueue writes lines to w in a goroutine that exists only while there are some. An event loop that waited for a full pipe, or a slow disk, would have everybody on it
// wait; so lines that find no room are left out, and where they are missing, missing is told how many they are. Any goroutine may use it.
type logQueue struct {
	w       io.Writer
	room    int
	missing func(lines int)

	mu      sync.Mutex
	lines   []byte // not yet taken
	spare   []byte
	left    int // lines left out behind those
	writing bool
	idle    sync.Cond
}

func newLogQueue(w io.Writer, room int, missing func(lines int)) *logQueue {
	q := &logQueue{w: w, room: room, missing: missing}
	q.idle.L = &q.mu
	return q
}

// Write takes whole lines. It does not wait, and does not fail.
func (q *logQueue) Write(lines []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left > 0 || len(q.lines)+len(lines) > q.room {
		q.left += bytes.Count(lines, []byte{'\n'})
	} else {
		q.lines = append(q.lines, lines...)
	}
	if !q.writing {
		q.writing = true
		go q.work()
	}
	return len(lines), nil
}

// work writes what there is.
func (q *logQueue) work() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.lines) > 0 || q.left > 0 {
		lines, left := q.lines, q.left
		q.lines, q.left = q.spare[:0], 0
		q.mu.Unlock()
		_, _ = q.w.Write(lines) // there is nowhere to complain
		if left > 0 {
			q.missing(left)
		}
		q.mu.Lock()
		q.spare = lines
	}
	q.writing = false
	q.idle.Broadcast()
}

// flush returns when all is written, or after a while.
func (q *logQueue) flush(patience time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	late := false
	t := time.AfterFunc(patience, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		late = true
		q.idle.Broadcast()
	})
	defer t.Stop()
	for q.writing && !late {
		q.idle.Wait()
	}
}
