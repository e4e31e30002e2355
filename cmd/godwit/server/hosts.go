package server

import (
	"cmp"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/xep"
)

// makeHosts makes a host of each domain.
func (s *Server) makeHosts(version string) error {
	s.hosts = make(host.Hosts)
	for i, domain := range s.config.Domains() {
		h, err := host.New(domain, s.router, s.store, s.log.With("host", domain), time.Now())
		if err != nil {
			return fmt.Errorf("serving %s: %w", domain, err)
		}
		h.Mechanisms = s.config.Host[i].Mechanisms
		h.MaxAuthFailures = s.config.Sessions.MaxAuthFailures
		h.MaxAgents, h.MaxDevices = s.config.Sessions.MaxAgents, s.config.Sessions.MaxDevices
		h.TokenLifetime, h.TokenRotation = s.config.Sessions.TokenLifetime, s.config.Sessions.TokenRotation
		h.Limits = s.stanzaLimits()
		im.New(h, s.imOptions())
		h.Push = countedPush{h.Push, &s.pushes}
		h.Hosts = s.hosts
		xep.Register(h, xep.Config{Version: version, Archive: s.config.Archive})
		s.hosts[domain] = h
	}
	return nil
}

// stanzaLimits are those of sessions that have logged in.
func (s *Server) stanzaLimits() *codec.Limits {
	limits := codec.DefaultLimits
	if n := s.config.Sessions.MaxStanzaBytes; n > 0 {
		limits.Bytes = n
	}
	return &limits
}

// noLimits are for what we have written ourselves.
var noLimits codec.Limits

func (s *Server) imOptions() im.Options {
	o := s.config.IM
	o.Parse = func(stored []byte, t *codec.Tree) error { return compact.Parse(stored, t, &noLimits) }
	o.Now = time.Now
	o.ArchiveHold = max(cmp.Or(o.ArchiveHold, im.DefaultArchiveHold), cmp.Or(s.config.Sessions.ResumeMax, c2s.DefaultMax))
	return o
}
