package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Server serves one data folder. Its methods may be called from any goroutine.
type Server struct {
	config *config.Config
	log    *slog.Logger

	store   *store.Store
	router  *router.Router
	hosts   host.Hosts
	streams *c2s.Streams
	certs   *edge.CertSource
	link    *linkProof
	edge    *edge.Server
	room    *admin.Room
	control *admin.Server
	addrs   []net.Addr // of the listeners, in the order of the configuration
	tidy    context.CancelFunc

	watches     c2s.Watches
	pushes      pushCounts
	monitor     *http.Server // nil: there is no port for monitoring
	metricsAddr net.Addr
}

// Start opens the data folder, making what is missing, and every port. The configuration must be valid and is not changed afterwards. version is what clients are told that ask.
func Start(c *config.Config, version string, log *slog.Logger) (*Server, error) {
	s := &Server{config: c, log: log}
	if err := s.start(version); err != nil {
		return nil, errors.Join(err, s.stop(context.Background()))
	}
	return s, nil
}

func (s *Server) start(version string) error {
	for _, step := range []func() error{
		s.openData,
		func() error { return s.makeHosts(version) },
		s.loadCertificates,
		s.makeLink,
		s.listen,
		s.openDoor,
		func() error { return s.serveMetrics(version) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	swept := make(chan struct{})
	s.tidy = func() {
		cancel()
		<-swept // the store is still open
	}
	go giveBack(ctx)
	go spareProcessor(ctx)
	go func() {
		defer close(swept)
		var both sync.WaitGroup
		both.Go(func() { s.sweepArchives(ctx) })
		both.Go(func() { s.sweepStreams(ctx) })
		both.Wait()
	}()
	return nil
}

// sweepEvery is how often it is looked for sessions that were without a connection for long.
const sweepEvery = time.Second

// sweep looks after streams without a connection, until ctx ends.
func (s *Server) sweepStreams(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			s.streams.Sweep(now, s.hosts)
		}
	}
}

// openData opens the store and what stands on it for all domains.
func (s *Server) openData() (err error) {
	if err := os.MkdirAll(s.config.Data, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	o := s.config.Store
	o.Logger = s.log.With("package", "store")
	if s.store, err = store.Open(admin.StoreDir(s.config.Data), o); err != nil {
		return fmt.Errorf("opening the data in %s: %w", s.config.Data, err)
	}
	s.router = router.New(xmltext.Encoder{}, compact.Encoder{})
	if n := s.config.Sessions.MaxPerAccount; n > 0 {
		s.router.MaxSessions = n
	}
	return admin.NoteDomains(s.config.Data, s.config.Domains())
}

// openDoor lets the operator in.
func (s *Server) openDoor() (err error) {
	s.room = &admin.Room{
		Store: s.store, Data: s.config.Data, Domains: s.config.Domains(), Kick: s.kick, KickDevice: s.kickDevice, Sessions: s.sessions,
		Table: s.table, KickSessions: s.kickSessions, Watch: s.watch,
	}
	s.control, err = admin.Listen(s.config.Data, s.room, s.log)
	return err
}

// kick ends the sessions of an account that is gone or has a new password.
func (s *Server) kick(account jid.JID) {
	for _, t := range s.router.Targets(nil, account, router.Bound) {
		t.Mailbox.Post(stream.Mail{Note: router.Removed})
	}
}

// kickDevice ends the sessions of one device of an account.
func (s *Server) kickDevice(account jid.JID, device string) {
	for _, t := range s.router.Targets(nil, account, router.Bound) {
		if t.Session.Device == device {
			t.Mailbox.Post(stream.Mail{Note: router.Removed})
		}
	}
}

func (s *Server) sessions(account jid.JID) int {
	return len(s.router.Targets(nil, account, router.Bound))
}

// Room does the operator's work in this process.
func (s *Server) Room() *admin.Room { return s.room }

// Addr returns the address of the listener with that place in the configuration, which tells the port where the configuration left it open.
func (s *Server) Addr(i int) net.Addr { return s.addrs[i] }

// DrainTime is how long Shutdown should be given: until the last session has been told, and then for it to end.
func (s *Server) DrainTime() time.Duration { return s.config.Limits.DrainSpread + 15*time.Second }

// Stats returns what edge and the store have counted.
func (s *Server) Stats() (edge.Stats, store.Stats) { return s.edge.Stats(), s.store.Stats() }

// Reload reads the certificates again. When one is of no use, all stay as they are.
func (s *Server) Reload() error {
	if err := s.certs.Reload(); err != nil {
		return err
	}
	s.link.forget()
	s.log.Info("certificates reloaded")
	return nil
}

// Shutdown ends the server in good order: no new connections, each session is told and closed, what is left when ctx ends is cut, and the store is closed
// last. Everything is over when it returns.
func (s *Server) Shutdown(ctx context.Context) error {
	_, sessions := s.router.Len()
	s.log.Info("draining", "sessions", sessions)
	defer s.reportDrain()()
	return s.stop(ctx)
}

// reportDrain logs every second how many sessions are left, until done is called.
func (s *Server) reportDrain() (done func()) {
	ticker, stop := time.NewTicker(time.Second), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				s.log.Info("draining", "connections", s.edge.Stats().Connections)
			case <-stop:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(stop)
	}
}

// stop ends what was started, the last first.
func (s *Server) stop(ctx context.Context) error {
	var errs []error
	if s.tidy != nil {
		s.tidy()
	}
	if s.monitor != nil {
		errs = append(errs, s.monitor.Close())
	}
	if s.control != nil {
		errs = append(errs, s.control.Shut())
	}
	if s.edge != nil {
		errs = append(errs, s.edge.Shutdown(ctx))
	}
	if s.control != nil {
		s.control.Wait() // after the sessions were told: a backup may take its time
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}
