package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/godwit-im/godwit/codec/compress"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Validate says what in c cannot be meant: an *Error, or several joined. It looks at no file and no port.
func (c *Config) Validate() error {
	var errs []error
	add := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if c.Data == "" {
		add(c.fault("data", nil, `is missing: name the folder for everything that is kept, as in data = "data"`))
	}
	add(c.validateHosts())
	add(c.validateListen())
	add(c.validateNumbers())
	add(c.validateSessions())
	add(c.validateLink())
	add(c.validateStore())
	add(c.validateLog())
	add(c.validateMetrics())
	return errors.Join(errs...)
}

func (c *Config) validateHosts() error {
	if len(c.Host) == 0 {
		return c.fault("host", nil, `is missing: write a section [[host]] with domain = "example.org"`)
	}
	var errs []error
	seen := make(map[string]int)
	for i := range c.Host {
		errs = append(errs, c.validateHost(fmt.Sprintf("host[%d]", i), &c.Host[i]))
		if j, ok := seen[c.Host[i].Domain]; ok {
			errs = append(errs, c.fault(fmt.Sprintf("host[%d].domain", i), c.Host[i].Domain, "host[%d] is the same: remove one", j))
		}
		seen[c.Host[i].Domain] = i
	}
	return errors.Join(errs...)
}

func (c *Config) validateHost(at string, h *HostConfig) error {
	if h.Domain == "" {
		return c.fault(at+".domain", nil, `is missing: write domain = "example.org"`)
	}
	j, err := jid.New("", h.Domain, "")
	switch {
	case err != nil:
		return c.fault(at+".domain", h.Domain, "is no domain (%s): write the part of addresses after the @", cause(err))
	case h.Certificate == "" && h.Key != "":
		return c.fault(at+".key", h.Key, "has no certificate to it: write certificate = …, or remove key")
	case h.Certificate != "" && h.Key == "":
		return c.fault(at+".certificate", h.Certificate, "has no key to it: write key = …")
	case h.Certificate == "" && !isLocal(j.Domain()):
		return c.fault(at+".domain", h.Domain, "needs certificate and key: only localhost may go without")
	}
	h.Domain = j.Domain()
	return c.validateMechanisms(at, h.Mechanisms)
}

// mechanisms are those that there are, on a connection that has everything.
var mechanisms = func() []string {
	all := sasl.ServerConfig{TLS: true, ChannelBindings: []sasl.ChannelBinding{{Type: sasl.TLSServerEndPoint}, {Type: sasl.TLSExporter}}}
	return append(sasl.Mechanisms(all), sasl.TokenMechanisms(all)...)
}()

func (c *Config) validateMechanisms(at string, names []string) error {
	for i, name := range names {
		if !slices.Contains(mechanisms, name) {
			return c.fault(fmt.Sprintf("%s.mechanisms[%d]", at, i), name, "is no mechanism that Godwit knows: write some of %s", strings.Join(mechanisms, ", "))
		}
	}
	return nil
}

// cause is the innermost reason of an error, in one line.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return strings.ReplaceAll(err.Error(), "\n", " ")
		}
		err = inner
	}
}

// isLocal reports whether a domain is this machine's own by its name (RFC 6761).
func isLocal(domain string) bool {
	return domain == "localhost" || strings.HasSuffix(domain, ".localhost")
}

// The kinds of listeners.
const (
	KindC2S    = "c2s"
	KindC2STLS = "c2s-tls"
	KindLink   = "link"
)

var (
	kinds      = []string{KindC2S, KindC2STLS, KindLink}
	laterKinds = []string{"websocket", "http", "s2s", "component"}
)

func (c *Config) validateListen() error {
	if len(c.Listen) == 0 {
		return c.fault("listen", nil, `is missing: write a section [[listen]] with kind = "c2s" and address = "[::]:5222"`)
	}
	var errs []error
	seen := make(map[string]int)
	for i, l := range c.Listen {
		at := fmt.Sprintf("listen[%d]", i)
		errs = append(errs, c.validateKind(at, l), c.validateAddress(at, l), c.validateCompression(at, l), c.validateOrigins(at, l))
		if j, ok := seen[l.Address]; ok && !strings.HasSuffix(l.Address, ":0") {
			errs = append(errs, c.fault(at+".address", l.Address, "listen[%d] has the same: give one of them another port", j))
		}
		seen[l.Address] = i
	}
	return errors.Join(errs...)
}

func (c *Config) validateKind(at string, l ListenConfig) error {
	switch {
	case l.Kind == "":
		return c.fault(at+".kind", nil, "is missing: write one of %s", strings.Join(kinds, ", "))
	case slices.Contains(laterKinds, l.Kind):
		return c.fault(at+".kind", l.Kind, "is not built yet: write one of %s", strings.Join(kinds, ", "))
	case !slices.Contains(kinds, l.Kind):
		return c.fault(at+".kind", l.Kind, "is no kind; the nearest is %s", nearest(l.Kind, kinds))
	case l.Plaintext && l.Kind != KindC2S:
		return c.fault(at+".plaintext", true, "is for kind c2s only: remove it")
	}
	return nil
}

func (c *Config) validateCompression(at string, l ListenConfig) error {
	for i, name := range l.Compression {
		switch {
		case l.Kind == KindLink:
			return c.fault(at+".compression", nil, "is for the kinds c2s and c2s-tls: the link is compact without it, remove it")
		case compress.Named(name) == 0:
			return c.fault(fmt.Sprintf("%s.compression[%d]", at, i), name, "is no method; the nearest is %s", nearest(name, compress.Names()))
		case slices.Contains(l.Compression[:i], name):
			return c.fault(fmt.Sprintf("%s.compression[%d]", at, i), name, "is there twice: remove one")
		}
	}
	return nil
}

// validateOrigins wants what browsers send (RFC 6454).
func (c *Config) validateOrigins(at string, l ListenConfig) error {
	if len(l.Origins) > 0 && l.Kind == KindC2S {
		return c.fault(at+".origins[0]", l.Origins[0], "is for WebSocket, which kind %s does not take: remove it", KindC2S)
	}
	for i, origin := range l.Origins {
		u, err := url.Parse(origin)
		if origin != "*" && (err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin || strings.ToLower(origin) != origin) {
			return c.fault(fmt.Sprintf("%s.origins[%d]", at, i), origin, `is no origin: write it as "https://example.org", or "*" for all`)
		}
	}
	return nil
}

// paddings are the profiles by their names.
var paddings = map[string]link.Padding{"": link.PaddingNone, "none": link.PaddingNone, "padme": link.PaddingPadme}

// Profile returns how the link is padded.
func (l LinkConfig) Profile() link.Padding { return paddings[l.Padding] }

func (c *Config) validateLink() error {
	if len(c.Link.Route) > link.MaxRoute {
		return c.fault("link.route", c.Link.Route, "has more than %d bytes: write a shorter name", link.MaxRoute)
	}
	if _, ok := paddings[c.Link.Padding]; !ok {
		return c.fault("link.padding", c.Link.Padding, "is no padding: write one of none, padme")
	}
	return nil
}

func (c *Config) validateAddress(at string, l ListenConfig) error {
	if l.Address == "" {
		return c.fault(at+".address", nil, `is missing: write address and port, as in address = "[::]:5222"`)
	}
	host, port, err := net.SplitHostPort(l.Address)
	if err != nil {
		return c.fault(at+".address", l.Address, `is no address and port: write it as "127.0.0.1:5222" or "[::]:5222"`)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return c.fault(at+".address", l.Address, "has no port from 0 to 65535: write the number after the last colon")
	}
	if l.Plaintext && l.Kind == KindC2S && !isLoopback(host) {
		return c.fault(at+".plaintext", true, `would let passwords be read on the way to %s: remove it, or listen on 127.0.0.1`, l.Address)
	}
	return nil
}

// isLoopback reports whether a host reaches this machine only.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

const minStanzaBytes = 10_000 // RFC 6120 §13.12

func (c *Config) validateSessions() error {
	if n := c.Sessions.MaxStanzaBytes; n != 0 && n < minStanzaBytes {
		return c.fault("sessions.max_stanza_bytes", n, "must be %d or more (RFC 6120 §13.12), or 0 for the default", minStanzaBytes)
	}
	return nil
}

var durabilities = []string{store.Strict, store.Relaxed}

func (c *Config) validateStore() error {
	if d := c.Store.Durability; d != "" && !slices.Contains(durabilities, d) {
		return c.fault("store.durability", d, "is no durability: write one of %s", strings.Join(durabilities, ", "))
	}
	return nil
}

// validateMetrics wants an address that others do not reach: profiles and figures tell more than is good for everybody to know, and profiles cost.
func (c *Config) validateMetrics() error {
	address := c.Metrics.Listen
	if address == "" {
		return nil
	}
	const key = "metrics.listen"
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return c.fault(key, address, `is no address and port: write it as "127.0.0.1:9469"`)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return c.fault(key, address, "has no port from 0 to 65535: write the number after the last colon")
	}
	if !isLoopback(host) {
		return c.fault(key, address, `would let everybody who reaches it read figures and profiles: listen on 127.0.0.1, and have others come by ssh -L or a proxy that asks who they are`)
	}
	for i, l := range c.Listen {
		if l.Address == address && port != "0" {
			return c.fault(key, address, "listen[%d] has the same: give one of them another port", i)
		}
	}
	return nil
}

var (
	levels  = []string{"debug", "info", "warn", "error"}
	formats = []string{"text", "json"}
)

func (c *Config) validateLog() error {
	if l := c.Log.Level; l != "" && !slices.Contains(levels, l) {
		return c.fault("log.level", l, "is no level: write one of %s", strings.Join(levels, ", "))
	}
	if f := c.Log.Format; f != "" && !slices.Contains(formats, f) {
		return c.fault("log.format", f, "is no format: write one of %s", strings.Join(formats, ", "))
	}
	return nil
}
