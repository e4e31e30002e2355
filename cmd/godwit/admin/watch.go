package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/xmpp/jid"
)

// Shown is what a session has been sent, or has sent, as Watch tells it.
type Shown struct {
	Time    time.Time `json:"time,omitzero"`
	Session string    `json:"session,omitempty"`
	Out     bool      `json:"out"` // from the server to the client
	XML     string    `json:"xml,omitempty"`

	// Dropped is how many were left out here, because they came faster than they were taken; nothing else is set then.
	Dropped int `json:"dropped,omitempty"`
}

// Bounds of what waits for who watches.
const (
	maxShown      = 2_000
	maxShownBytes = 2 << 20
)

// feed is what waits for who watches. Sessions put in, and never wait.
type feed struct {
	more    chan struct{} // there is something; capacity 1
	dropped *atomic.Int64 // in all feeds

	mu    sync.Mutex
	queue []Shown
	bytes int
	lost  int // behind queue
}

// put adds what was shown. When there is no room, it and all that follow until the next take are lost.
func (f *feed) put(s Shown) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost > 0 || len(f.queue) == maxShown || f.bytes+len(s.XML) > maxShownBytes {
		f.lost++
		f.dropped.Add(1)
	} else {
		f.queue, f.bytes = append(f.queue, s), f.bytes+len(s.XML)
	}
	select {
	case f.more <- struct{}{}:
	default:
	}
}

// take returns what waits, and how many were lost behind that.
func (f *feed) take() (queue []Shown, lost int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	queue, lost = f.queue, f.lost
	f.queue, f.bytes, f.lost = nil, 0, 0
	return queue, lost
}

// watch tells a peer all that the sessions say and are told, until it hangs up or ctx ends. Lines are Replies; the first one says that it has begun, and how many sessions there are.
func (s *Server) watch(ctx context.Context, conn net.Conn, q Request) error {
	who, err := s.room.address(q.JID)
	if err != nil {
		return err
	}
	if s.room.Watch == nil {
		return errNoSessions
	}
	sessions, err := s.room.watched(ctx, who)
	if err != nil {
		return err
	}
	f := &feed{more: make(chan struct{}, 1), dropped: &s.room.dropped}
	defer s.room.Watch(who, f.put)()
	s.note(q, nil)
	s.reply(conn, Reply{Table: sessions})
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	_ = conn.SetDeadline(time.Time{}) // who stops reading, as by Ctrl-S, costs no more than what a feed holds
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	go func() {
		_, _ = io.Copy(io.Discard, conn) // until it hangs up, or we do
		hangUp()
	}()
	f.serve(ctx, conn)
	return nil
}

// watched returns the sessions of who is to be watched: an account may have none yet.
func (r *Room) watched(ctx context.Context, who jid.JID) ([]Session, error) {
	reply, err := r.listSessions(ctx, Request{JID: who.String()})
	if err != nil || len(reply.Table) > 0 {
		return reply.Table, err
	}
	if who.Resource() != "" {
		return nil, NoSession(who.String())
	}
	if _, ok, err := r.Store.Account(who); err != nil || !ok {
		return nil, errors.Join(err, NoAccount(who.String()))
	}
	return nil, nil
}

// serve writes what comes, until ctx ends or nobody reads it.
func (f *feed) serve(ctx context.Context, w io.Writer) {
	out := json.NewEncoder(w)
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.more:
		}
		queue, lost := f.take()
		if lost > 0 {
			queue = append(queue, Shown{Dropped: lost})
		}
		for i := range queue {
			if out.Encode(Reply{Shown: &queue[i]}) != nil {
				return
			}
		}
	}
}

// Dropped returns how many lines were not shown to who watches.
func (r *Room) Dropped() int64 { return r.dropped.Load() }

// ErrNotRunning says that there is no server on a data folder.
var ErrNotRunning = errors.New("no server runs")

// Connect returns the door of the server that runs on a data folder.
func Connect(data string) (Door, error) {
	if !Running(data) {
		return nil, fmt.Errorf("%w on %s: start it with godwit serve or localserve, or name the data of the one that runs with --config or --data", ErrNotRunning, data)
	}
	return window{socketPath(data)}, nil
}

// Watch has the server that runs on a data folder tell all that the sessions of an account say and are told, or one session. It calls begun with the sessions that there are,
// then show for each element, until ctx ends, which is no error, or the server does.
func Watch(ctx context.Context, data, who string, begun func([]Session) error, show func(Shown) error) error {
	if _, err := Connect(data); err != nil {
		return err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socketPath(data))
	if err != nil {
		return fmt.Errorf("asking the running server: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := json.NewEncoder(conn).Encode(Request{Do: WatchSessions, JID: who}); err != nil {
		return fmt.Errorf("asking the running server: %w", err)
	}
	in := json.NewDecoder(conn)
	for first := true; ; first = false {
		var r Reply
		switch err := in.Decode(&r); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return errors.New("the server has stopped, and the watch with it")
		case r.Error != "":
			return errors.New(r.Error)
		}
		if first {
			err = begun(r.Table)
		} else if r.Shown != nil {
			err = show(*r.Shown)
		}
		if err != nil {
			return err
		}
	}
}
