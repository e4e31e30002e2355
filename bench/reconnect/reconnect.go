package reconnect

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/godwit-im/godwit/bench/network"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Config says what to measure. All fields are required but for Progress.
type Config struct {
	Profiles []network.Profile // networks, in the order of the results
	Rounds   int               // attempts of each way on each
	Parallel int               // attempts at once
	// Client is that of account i; Mode, Address, and Connect are put in here. There are Accounts of them.
	Client func(i int) client.Config
	// Address is the server's port for a mode.
	Address func(m client.Mode) string
	// Progress is told now and then.
	Progress func(format string, a ...any)
}

// Accounts is how many accounts Run needs: one for each attempt, and one that writes to them.
func (c *Config) Accounts() int { return len(c.Profiles)*len(Ways)*c.Rounds + 1 }

// Way is a way to come back.
type Way struct {
	Name  string
	About string // one line for people
	mode  client.Mode
	// classic is without what came after RFC 6120 and RFC 6121: the session is a new one, and what waits comes when presence has been sent.
	classic bool
}

// Ways are those that are compared.
var Ways = []Way{
	{Name: "link", About: "Noise IK with a device that is known, the stream resumed by its first message", mode: client.Link},
	{Name: "tls", About: "direct TLS with a ticket, SASL2 with a token, pipelined, and the stream resumed within it", mode: client.DirectTLS},
	{Name: "classic", About: "STARTTLS, SCRAM, bind, roster, presence", mode: client.StartTLS, classic: true},
}

// Result is what came out for a way on a network. Times and bytes are the median of the rounds; bytes are those of TCP's streams, without headers.
type Result struct {
	Network, Way string
	Rounds       int
	Time         time.Duration // from SYN to the message
	Least, Most  time.Duration
	RoundTrips   float64 // Time by the round trip of a small packet, without jitter; 0 where that is too short to be told from processor time
	Up, Down     int64   // bytes from the client, and to it, until then
	// Refused is what the client was told by who is no server, on a network with a portal; Time is until then.
	Refused string `json:",omitempty"`
}

// attempt is one measurement.
type attempt struct {
	time     time.Duration
	up, down int64
	refused  string
}

// waited is the message that waits.
const waited = "while you were away"

// Run measures. The results are in the order of Profiles, and of Ways within each.
func Run(ctx context.Context, c Config) ([]Result, error) {
	if c.Progress == nil {
		c.Progress = func(string, ...any) {}
	}
	writer, err := c.writer(ctx)
	if err != nil {
		return nil, fmt.Errorf("the one who writes: %w", err)
	}
	defer writer.Abort()
	attempts, err := c.attempts(ctx, writer)
	if err != nil {
		return nil, err
	}
	var results []Result
	for n, p := range c.Profiles {
		for k, w := range Ways {
			i := (n*len(Ways) + k) * c.Rounds
			results = append(results, summary(&p, &w, attempts[i:i+c.Rounds]))
		}
	}
	return results, nil
}

func (c *Config) writer(ctx context.Context) (*client.Conn, error) {
	cfg := c.Client(c.Accounts() - 1)
	cfg.Mode, cfg.Address, cfg.SM = client.Plain, c.Address(client.Plain), true
	return client.Dial(ctx, cfg)
}

// attempts makes all attempts. They are begun in turn, so that those of a moment are of different networks and ways.
func (c *Config) attempts(ctx context.Context, writer *client.Conn) ([]attempt, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := make([]attempt, c.Accounts()-1)
	kinds := len(all) / c.Rounds
	turns := make(chan int)
	var work sync.WaitGroup
	for range min(c.Parallel, len(all)) {
		work.Go(func() {
			for turn := range turns {
				kind, round := turn%kinds, turn/kinds
				i := kind*c.Rounds + round
				p, w := c.Profiles[kind/len(Ways)], Ways[kind%len(Ways)]
				var err error
				if all[i], err = c.attempt(ctx, writer, i, &w, p, uint64(round)); err != nil {
					cancel(fmt.Errorf("%s over %s, round %d: %w", w.Name, p.Name, round+1, err))
				}
			}
		})
	}
	for turn := 0; turn < len(all) && ctx.Err() == nil; turn++ {
		if turn%kinds == 0 {
			c.Progress("round %d", turn/kinds+1)
		}
		turns <- turn
	}
	close(turns)
	work.Wait()
	return all, context.Cause(ctx)
}

// device is what a client keeps between its connections.
type device struct {
	way     *Way
	client  client.Config
	network *network.Network
}

// server is the address of the server on a network.
const server = "server"

// attempt makes one attempt, with account i.
func (c *Config) attempt(ctx context.Context, writer *client.Conn, i int, w *Way, p network.Profile, seed uint64) (a attempt, err error) {
	lan, err := network.Named("lan")
	if err != nil {
		return a, err
	}
	n := network.New(lan, seed)
	ctx, cancel := context.WithCancel(ctx)
	forwarded := make(chan error, 1)
	ready := make(chan struct{})
	go func() { forwarded <- n.Forward(ctx, server, c.Address(w.mode), func() { close(ready) }) }()
	defer func() {
		cancel()
		n.Close()
		<-forwarded
	}()
	<-ready
	d := newDevice(c.Client(i), w, n)
	account, err := d.before(ctx)
	if err != nil {
		return a, fmt.Errorf("the login before: %w", err)
	}
	if p.Next != nil && p.Portal == network.NoPortal {
		p = *p.Next
	}
	n.Change(p, 0)
	if err := send(ctx, writer, account); err != nil {
		return a, err
	}
	return d.comeBack(ctx, &p)
}

// send sends the message that waits, and returns when it is in the archive.
func send(ctx context.Context, writer *client.Conn, to jid.JID) error {
	id, err := writer.Message(ctx, to, waited)
	if err != nil {
		return err
	}
	return writer.WaitAcked(ctx, id)
}

func newDevice(cfg client.Config, w *Way, n *network.Network) *device {
	cfg.Mode, cfg.Address, cfg.Connect = w.mode, server, n.Dial
	cfg.Keys = new(sasl.ClientKeys)
	if w.classic {
		cfg.NoSASL2 = true
	} else {
		cfg.Resume, cfg.AgentID = true, client.NewAgentID()
		cfg.TLS = cfg.TLS.Clone()
		cfg.TLS.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	}
	return &device{way: w, client: cfg, network: n}
}

// before logs in for the first time and keeps what can be known then. Who will go on with the stream leaves without a word: all he says now is lost when the path changes.
// Who will not has to say goodbye, else the message goes to his session and never comes to another one.
func (d *device) before(ctx context.Context) (account jid.JID, err error) {
	conn, err := client.Dial(ctx, d.client)
	if err != nil {
		return account, err
	}
	defer conn.Abort()
	if err := conn.Presence(ctx); err != nil {
		return account, err
	}
	if _, err := conn.Roster(ctx); err != nil { // behind its answer nothing comes that the login has caused: the ticket is there
		return account, err
	}
	d.client.Link, d.client.Known = conn.LinkKeys(), conn.Known()
	if d.way.classic {
		return conn.JID().Bare(), conn.Close(ctx)
	}
	d.network.Change(network.Profile{}, 0) // silent: the server does not hear that we go
	conn.Abort()
	if d.client.Resumption = conn.Resumption(); d.client.Resumption == nil {
		return account, errors.New("the server lets no stream be resumed")
	}
	return conn.JID().Bare(), nil
}

// longest is how long an attempt may take: far more than the worst profile makes it.
const longest = 3 * time.Minute

// comeBack is what is measured.
func (d *device) comeBack(ctx context.Context, p *network.Profile) (a attempt, err error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	var conns []*network.Conn
	d.client.Connect = func(ctx context.Context, address string) (net.Conn, error) {
		c, err := d.network.Dial(ctx, address)
		if err == nil {
			conns = append(conns, c.(*network.Conn))
		}
		return c, err
	}
	if d.way.mode == client.DirectTLS {
		d.client.TLS.VerifyConnection = func(state tls.ConnectionState) error {
			if !state.DidResume {
				return errors.New("the server has not taken its ticket")
			}
			return nil
		}
	}
	begin := time.Now()
	conn, err := d.untilMessage(ctx)
	a.time = time.Since(begin)
	for _, c := range conns {
		read, written := c.Passed()
		a.down, a.up = a.down+read, a.up+written
	}
	if conn != nil {
		conn.Abort()
	}
	if p.Portal != network.NoPortal {
		if err == nil {
			return a, errors.New("a portal was taken for the server")
		}
		a.refused = err.Error()
		return a, ctx.Err()
	}
	return a, err
}

// untilMessage logs in and receives the message. The connection is returned with an error too, if there is one.
func (d *device) untilMessage(ctx context.Context) (conn *client.Conn, err error) {
	if conn, err = client.Dial(ctx, d.client); err != nil {
		return nil, err
	}
	switch {
	case d.way.classic:
		if _, err = conn.Roster(ctx); err == nil {
			err = conn.Presence(ctx)
		}
	case !conn.Resumed():
		err = errors.New("the stream was not resumed")
	}
	for err == nil {
		var s *client.Stanza
		if s, err = conn.Recv(ctx); err == nil && s.Element().Name() == atom.Message && s.Body() == waited {
			break
		}
	}
	return conn, err
}

// shortest is the round trip from which on times are given in it too.
const shortest = 10 * time.Millisecond

// summary is the result of the attempts of one way on one network.
func summary(p *network.Profile, w *Way, all []attempt) Result {
	measured := p
	if p.Next != nil && p.Portal == network.NoPortal {
		measured = p.Next
	}
	r := Result{Network: p.Name, Way: w.Name, Rounds: len(all), Refused: all[0].refused}
	times := sorted(all, func(a attempt) time.Duration { return a.time })
	r.Time, r.Least, r.Most = times[len(all)/2], times[0], times[len(all)-1]
	if rtt := measured.RTT(); rtt >= shortest {
		r.RoundTrips = float64(r.Time) / float64(rtt)
	}
	r.Up = sorted(all, func(a attempt) int64 { return a.up })[len(all)/2]
	r.Down = sorted(all, func(a attempt) int64 { return a.down })[len(all)/2]
	return r
}

func sorted[V cmp.Ordered](all []attempt, get func(attempt) V) (values []V) {
	for _, a := range all {
		values = append(values, get(a))
	}
	slices.Sort(values)
	return values
}
