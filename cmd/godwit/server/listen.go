package server

import (
	"fmt"

	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/codec/compress"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/xmpp/c2s"
)

// listen opens every port of the configuration.
func (s *Server) listen() (err error) {
	sessions := s.config.Sessions
	s.streams = c2s.NewStreams(c2s.StreamsConfig{
		Max: sessions.ResumeMax, Grace: sessions.ResumeGrace, Parked: sessions.MaxParked,
		AckTimeout: sessions.AckTimeout, Location: sessions.ResumeLocation,
	})
	limits := s.limits()
	limits.Logger = s.log.With("package", "edge")
	if s.edge, err = edge.New(limits); err != nil {
		return err
	}
	for i, l := range s.config.Listen {
		addr, err := s.edge.Listen(s.listener(l))
		if err != nil {
			return listenError(i, l, err)
		}
		s.addrs = append(s.addrs, addr)
	}
	return nil
}

// limits are those of connections. A stanza of full length may be compressed as well as it can be: the burst is no smaller.
func (s *Server) limits() edge.Config {
	limits := s.config.Limits
	if n := s.config.Sessions.MaxStanzaBytes; limits.InflateBurst == 0 && n > compress.DefaultLimits.Burst {
		limits.InflateBurst = n
	}
	return limits
}

// kinds are edge's for the configuration's.
var kinds = map[string]edge.Kind{config.KindC2S: edge.C2S, config.KindC2STLS: edge.C2STLS, config.KindLink: edge.Link}

func (s *Server) listener(l config.ListenConfig) edge.Listener {
	sessions := &c2s.Server{
		StrangerLimits: s.config.Limits.StrangerLimits,
		Hosts:          s.hosts, Log: s.log.With("package", "c2s"),
		StartTLS:    l.Kind == config.KindC2S,
		Plaintext:   l.Plaintext,
		Compression: l.Compression,
		MaxUnacked:  s.config.Sessions.MaxUnacked,
		MaxHeld:     s.config.Sessions.MaxHeld, MaxHeldBytes: s.config.Sessions.MaxHeldBytes,
		Streams: s.streams, Watches: &s.watches,
	}
	e := edge.Listener{
		Kind: kinds[l.Kind], Address: l.Address, ProxyProtocol: l.ProxyProtocol,
		NewMachine: sessions.NewSession, Certificates: s.certs, Origins: l.Origins,
	}
	if l.Kind != config.KindC2S {
		e.Link = s.link.config(s.config.Link)
	}
	return e
}

// listenError names the key and what to do.
func listenError(i int, l config.ListenConfig, err error) error {
	return fmt.Errorf("listen[%d].address = %q: %w; %s", i, l.Address, err, remedy(err))
}
