package hostile

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/im"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/xep"
)

const (
	domain   = "localhost"
	password = "correct horse"
	// maxRoster is how many contacts an account may have here: enough to see what happens to one more.
	maxRoster = 200
)

// accounts of the world. The corpus writes to a.
var accounts = []string{"a", "control", "bob", "carol", "dave", "victim", "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"}

// attackers are the accounts that attack, in turn: one alone may not have enough sessions.
var attackers = accounts[len(accounts)-8:]

// port is one of the server's ways in.
type port uint8

const (
	plain    port = iota // TCP, login in the clear allowed
	starttls             // TCP, login only after STARTTLS
	direct               // TLS from the first byte
	linked               // the link
	ports
)

func (p port) String() string { return [ports]string{"plain", "starttls", "direct", "link"}[p] }

// world is the server and what the tests know of it.
type world struct {
	server  *edge.Server
	store   *store.Store
	router  *router.Router
	log     *complaints
	addr    [ports]string
	static  link.Key // of the server, on the link
	turn    atomic.Uint32
	sink    *sink
	control *peer
	mu      sync.Mutex // of control
}

// clientTLS believes every certificate: the server's is not in question.
var clientTLS = &tls.Config{InsecureSkipVerify: true, ServerName: domain, NextProtos: []string{"xmpp-client"}}

// newWorld starts the server.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{log: new(complaints)}
	log := slog.New(w.log)
	s, err := store.OpenMemory(store.NewMemory(), store.Options{})
	must(t, err)
	w.store, w.router = s, router.New(xmltext.Encoder{}, compact.Encoder{})
	w.addAccounts(t)
	h, err := host.New(domain, w.router, s, log, time.Now())
	must(t, err)
	im.New(h, im.Options{Parse: func(stored []byte, t *codec.Tree) error { return compact.Parse(stored, t, &codec.Limits{}) }, Now: time.Now, MaxRoster: maxRoster})
	xep.Register(h, xep.Config{})
	w.server, err = edge.New(edge.Config{Logger: log, StanzaRate: -1, ByteRate: -1, HandshakeTimeout: 20 * time.Second})
	must(t, err)
	w.listen(t, host.Hosts{domain: h}, log)
	return w
}

func (w *world) addAccounts(t testing.TB) {
	c, err := sasl.NewCredentials(password, sasl.MinIterations, nil)
	must(t, err)
	credentials, err := c.MarshalBinary()
	must(t, err)
	must(t, w.store.Do(context.Background(), func(tx *store.Tx) error {
		for _, name := range accounts {
			if err := tx.PutAccount(jid.MustParse(name+"@"+domain), store.Account{Credentials: credentials}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// listen opens all ports.
func (w *world) listen(t testing.TB, hosts host.Hosts, log *slog.Logger) {
	chain, key, err := edge.SelfSigned(time.Now())
	must(t, err)
	pair, err := tls.X509KeyPair(chain, key)
	must(t, err)
	certs, err := edge.NewStaticCerts(pair)
	must(t, err)
	w.static, err = link.NewKey(nil)
	must(t, err)
	open := &c2s.Server{Hosts: hosts, Log: log, Plaintext: true}
	secure := &c2s.Server{Hosts: hosts, Log: log, StartTLS: true}
	for p, l := range [ports]edge.Listener{
		plain:    {Kind: edge.C2S, NewMachine: open.NewSession},
		starttls: {Kind: edge.C2S, NewMachine: secure.NewSession, Certificates: certs},
		direct:   {Kind: edge.C2STLS, NewMachine: secure.NewSession, Certificates: certs},
		linked: {Kind: edge.Link, NewMachine: secure.NewSession, Link: &link.ServerConfig{
			Static: w.static, Dictionary: pack.Dictionary(),
			Statement: func(string) ([]byte, error) { return []byte{1}, nil },
		}},
	} {
		l.Address = "127.0.0.1:0"
		a, err := w.server.Listen(l)
		must(t, err)
		w.addr[p] = a.String()
	}
}

// close ends the server.
func (w *world) close() {
	w.server.Close()
	w.store.Close()
}

// complaints is a slog.Handler that keeps what an operator would have to look at.
type complaints struct {
	mu   sync.Mutex
	text []string
}

func (c *complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }
func (c *complaints) WithAttrs([]slog.Attr) slog.Handler           { return c }
func (c *complaints) WithGroup(string) slog.Handler                { return c }

func (c *complaints) Handle(_ context.Context, r slog.Record) error {
	text := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text = append(c.text, text)
	return nil
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
