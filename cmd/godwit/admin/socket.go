package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// socketName is the socket's in the data folder.
const socketName = "control.sock"

// maxPath is the longest path that a Unix socket's address has room for everywhere.
const maxPath = 103

// maxRequest is the most bytes of a line.
const maxRequest = 1 << 20

// socketPath returns the path of the socket, the shorter of the absolute one and the one from here.
func socketPath(data string) string {
	path := filepath.Join(data, socketName)
	if dir, err := os.Getwd(); err == nil && len(path) > maxPath {
		if short, err := filepath.Rel(dir, path); err == nil && len(short) < len(path) {
			return short
		}
	}
	return path
}

// Server takes requests for a Room.
type Server struct {
	room     *Room
	log      *slog.Logger
	listener net.Listener
	open     sync.WaitGroup
	stop     context.CancelFunc
}

// Listen opens the door of a data folder whose store this process holds. What a crashed server has left there is replaced.
func Listen(data string, room *Room, log *slog.Logger) (*Server, error) {
	path := socketPath(data)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil { // the folder lets nobody else in either
		return nil, errors.Join(err, l.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{room: room, log: log, listener: l, stop: stop}
	s.open.Go(func() { s.accept(ctx) })
	return s, nil
}

// Shut closes the door, and tells the operations that are under way to end if they can.
func (s *Server) Shut() error {
	s.stop()
	return s.listener.Close()
}

// Wait returns when no operation is under way any more.
func (s *Server) Wait() { s.open.Wait() }

func (s *Server) accept(ctx context.Context) {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.log.Warn("control socket", "err", err)
			time.Sleep(100 * time.Millisecond) // no descriptors: try again
			continue
		}
		s.open.Go(func() { s.serve(ctx, conn) })
	}
}

// idleTimeout is how long a peer may take for a request, and for taking the reply.
const idleTimeout = 10 * time.Second

// serve answers one request.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(idleTimeout))
	line := bufio.NewScanner(conn)
	line.Buffer(nil, maxRequest)
	if !line.Scan() {
		return
	}
	var q Request
	if err := json.Unmarshal(line.Bytes(), &q); err != nil {
		s.reply(conn, Reply{Error: "not a request: " + err.Error()})
		return
	}
	if q.Do == WatchSessions {
		if err := s.watch(ctx, conn, q); err != nil {
			s.note(q, err)
			s.reply(conn, Reply{Error: err.Error()})
		}
		return
	}
	reply, err := s.room.Do(ctx, q)
	if err != nil {
		reply.Error = err.Error()
	}
	s.note(q, err)
	s.reply(conn, reply)
}

// note logs what the operator did.
func (s *Server) note(q Request, err error) {
	attributes := []any{"do", q.Do}
	for _, a := range []struct{ key, value string }{{"jid", q.JID}, {"domain", q.Domain}, {"dir", q.Dir}} {
		if a.value != "" {
			attributes = append(attributes, a.key, a.value)
		}
	}
	if err != nil {
		s.log.Info("control refused", append(attributes, "err", err)...)
		return
	}
	s.log.Info("control", attributes...)
}

func (s *Server) reply(conn net.Conn, r Reply) {
	_ = conn.SetWriteDeadline(time.Now().Add(idleTimeout))
	_ = json.NewEncoder(conn).Encode(r) // one who does not listen does not want to know
}

// window asks the server that runs on a data folder, on a connection for each request.
type window struct{ path string }

// Do implements Door.
func (w window) Do(ctx context.Context, q Request) (r Reply, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", w.path)
	if err != nil {
		return r, fmt.Errorf("asking the running server: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := json.NewEncoder(conn).Encode(q); err != nil {
		return r, fmt.Errorf("asking the running server: %w", err)
	}
	if err := json.NewDecoder(conn).Decode(&r); err != nil {
		return r, fmt.Errorf("the running server gave no answer: %w", err)
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

// Close implements Door.
func (window) Close() error { return nil }
