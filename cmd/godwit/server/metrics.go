package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/metrics"
	"github.com/godwit-im/godwit/xmpp/host"
)

// serveMetrics opens the port for an operator's monitoring, if the configuration wants one.
func (s *Server) serveMetrics(version string) error {
	address := s.config.Metrics.Listen
	if address == "" {
		return nil
	}
	socket, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("metrics.listen = %q: %w; %s", address, err, remedy(err))
	}
	s.metricsAddr = socket.Addr()
	s.monitor = &http.Server{Handler: metrics.Handler(s.source(version)), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.monitor.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("serving the metrics ended", "err", err)
		}
	}()
	s.log.Info("listening", "kind", "metrics", "address", s.metricsAddr.String())
	return nil
}

// source is where the figures are.
func (s *Server) source(version string) metrics.Source {
	return metrics.Source{
		Version: version, Edge: s.edge.Metrics, Store: s.store.Stats, Online: s.router.Len, Streams: s.streams.Len,
		Pushes:  s.pushes.told,
		Watches: func() (int, int64) { return s.watches.Len(), s.room.Dropped() },
	}
}

// MetricsAddr returns the address of the port for monitoring, nil when there is none.
func (s *Server) MetricsAddr() net.Addr { return s.metricsAddr }

// remedy says what to do when a port cannot be had.
func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another process has this port: stop it, or take another port"
	case errors.Is(err, syscall.EACCES):
		return "ports below 1024 need a privilege: take another port, or grant CAP_NET_BIND_SERVICE"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address: correct it"
	}
	return "correct it"
}

// pushCounts count pushes by how they ended, of all hosts.
type pushCounts struct{ ok, absent, failed atomic.Uint64 }

func (n *pushCounts) told() map[string]uint64 {
	return map[string]uint64{"ok": n.ok.Load(), "absent": n.absent.Load(), "error": n.failed.Load()}
}

// countedPush counts what becomes of the pushes of a service.
type countedPush struct {
	host.PushService
	counts *pushCounts
}

// Publish implements host.PushService.
func (c countedPush) Publish(p host.Push, done func(error)) {
	c.PushService.Publish(p, func(err error) {
		switch {
		case err == nil:
			c.counts.ok.Add(1)
		case errors.Is(err, host.ErrNoPushService):
			c.counts.absent.Add(1)
		default:
			c.counts.failed.Add(1)
		}
		done(err)
	})
}
