package client

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// LinkKeys are what a device keeps for the link. Those of Conn.LinkKeys, kept and used again, let the next login go without a password.
type LinkKeys struct {
	Device  link.Key  // the device's own key pair; zero: a new one is made
	Server  []byte    // the server's static public key, as it was proved before; nil: it has to prove it now, and we log in with the password
	Expires time.Time // when Server must be proved again; zero: never
	Counter uint64    // of the last attempt, which may have said something with its first message
	IDs     []byte    `json:",omitempty"` // the key of the ids of the account's archive, as the server has said it
	Route   []byte    `json:",omitempty"` // what the server wants to hear first, so that a balancer finds the right one; it is sent in clear
	Over    Transport `json:",omitempty"` // what the link lay on last,
	Network string    `json:",omitempty"` // and what Config.Network was then
}

// over reports whether the link lay on that transport last, on the network that the device is on now.
func (c *Config) over(t Transport) bool { return c.Link.Over == t && c.Link.Network == c.Network }

// count counts an attempt: greater than ever, also when the keys were not kept since.
func (k *LinkKeys) count() { k.Counter = max(k.Counter+1, uint64(time.Now().Unix())) }

// LinkKeys returns the keys to use at the next login: now that the server knows the device, holding its key is the login.
func (c *Conn) LinkKeys() LinkKeys {
	if c.link == nil {
		return LinkKeys{}
	}
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	keys := c.link.keys
	if ids := c.link.session.IDs(); ids != nil {
		keys.IDs = ids[:]
	}
	return keys
}

// linkSession is the link of a connection.
type linkSession struct {
	mu      sync.Mutex // one goroutine opens frames, another seals them
	session *link.Session
	reads   link.Desk
	writes  link.Desk
	partial []byte // of the reader: the bytes of a frame that is not whole yet
	keys    LinkKeys
}

// startLink does the handshake: IK when the server's key is known, else XX. When the server has another key by now it proves that, or says that it cannot (see dialLink).
func (c *Conn) startLink() (*stream.Security, error) {
	keys := c.m.cfg.Link
	if keys.Device == (link.Key{}) {
		var err error
		if keys.Device, err = link.NewKey(nil); err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
	}
	if now := time.Now(); !keys.Expires.IsZero() && now.After(keys.Expires) {
		keys.Server = nil
	}
	cfg := c.linkConfig(keys)
	if cfg.ServerKey != nil && len(keys.IDs) == len(archiveid.Key{}) {
		cfg.Early, cfg.IDs = c.flight(), (*archiveid.Key)(slices.Clone(keys.IDs))
		cfg.Counter = keys.Counter
	}
	h := link.NewClient(cfg)
	rest, err := c.shakeHands(h)
	if err != nil {
		return nil, fmt.Errorf("client: starting the link: %w", err)
	}
	c.m.landed(h.EarlyTaken())
	session := h.Session()
	if session.Pattern() != link.IK {
		keys.Server, keys.Expires = session.PeerStatic(), h.Expires()
	}
	keys.Route, keys.Over, keys.Network = h.Route(), c.over, c.m.cfg.Network
	c.link = &linkSession{session: session, partial: rest, keys: keys}
	return linkSecurity(session), nil
}

// flight returns what is said with the first message of the handshake, nil for nothing.
func (c *Conn) flight() []byte {
	out := stream.Output{Encoder: compact.Encoder{}}
	if !c.m.takeOff(time.Now(), &stream.Security{Protocol: "Noise"}, &out) {
		return nil
	}
	return out.Buf
}

// linkConfig says how the server has to prove its key: as in TLS.
func (c *Conn) linkConfig(keys LinkKeys) link.ClientConfig {
	cfg := link.ClientConfig{
		Domain: c.m.cfg.domain(), Static: keys.Device, ServerKey: keys.Server,
		Dictionary: pack.Dictionary(), Now: time.Now(), Route: keys.Route, Padding: c.m.cfg.Padding,
	}
	if tls := c.m.cfg.TLS; tls != nil {
		cfg.Roots = tls.RootCAs
		if tls.InsecureSkipVerify {
			cfg.Verify = trustAnything
		}
	}
	return cfg
}

func trustAnything(_, _ []byte) (expires time.Time, err error) { return time.Time{}, nil }

// shakeHands runs h to its end and returns what was read behind it.
func (c *Conn) shakeHands(h *link.Handshake) (rest []byte, err error) {
	for {
		n, out, done, err := h.Step(rest)
		rest = rest[n:]
		if len(out) > 0 {
			if _, e := c.net.Write(out); e != nil && err == nil {
				err = e
			}
		}
		if err != nil || done {
			return rest, err
		}
		if n, err = c.net.Read(c.small[:]); err != nil {
			return nil, err
		}
		rest = append(rest, c.small[:n]...)
	}
}

func linkSecurity(s *link.Session) *stream.Security {
	return &stream.Security{
		Protocol:   "Noise",
		ServerName: s.Domain(),
		PeerKey:    s.PeerStatic(),
		Proven:     s.Pattern() == link.IK,
		Bindings: func(name string) []byte {
			if name == noiseHandshake {
				return s.HandshakeHash()
			}
			return nil
		},
	}
}

// open gives each the items of the frames that p completes.
func (l *linkSession) open(p []byte, each func(items []byte) error) error {
	if len(l.partial) > 0 {
		l.partial = append(l.partial, p...)
		p = l.partial
	}
	whole := 0
	for whole < len(p) {
		l.mu.Lock()
		n, items, err := l.session.OpenItems(p[whole:], &l.reads)
		l.mu.Unlock()
		if err != nil {
			return fmt.Errorf("client: reading the link: %w", err)
		}
		if n == 0 {
			break
		}
		whole += n
		if err := each(items); err != nil {
			return err
		}
	}
	l.keep(p, whole)
	return nil
}

// keep keeps p[whole:] for later; p may be what was kept before.
func (l *linkSession) keep(p []byte, whole int) {
	switch {
	case whole == len(p):
		l.partial = nil
	case whole > 0 || len(l.partial) == 0:
		l.partial = append(l.partial[:0], p[whole:]...)
	}
}

// write seals p and puts it on the network.
func (l *linkSession) write(conn net.Conn, p []byte) error {
	b := buffers.Get().(*buffer)
	defer b.give()
	l.mu.Lock()
	b.b = l.session.AppendItems(b.b[:0], p, &l.writes)
	l.mu.Unlock()
	_, err := conn.Write(b.b)
	return err
}
