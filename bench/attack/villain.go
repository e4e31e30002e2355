package attack

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// villains is how many accounts the attackers have.
const villains = 16

// Done counts what attackers did.
type Done struct {
	Connections, Failed int64  // failed: not connected, or not logged in
	Closed              int64  // ended by the server
	Stanzas, Bytes      int64  // sent
	Why                 string // the server closed a session, as far as it said
}

func (d Done) String() string {
	s := fmt.Sprintf("attackers: %d connections, %d failed, %d closed by the server, %d stanzas, %d MiB", d.Connections, d.Failed, d.Closed, d.Stanzas, d.Bytes>>20)
	if d.Why != "" {
		s += "; " + d.Why
	}
	return s
}

// Target is the server as the attackers see it.
type Target struct {
	Plain, TLS, Link string                          // addresses
	Client           func(account int) client.Config // of account i; Address and Mode are those of Plain
	Victim           jid.JID                         // an honest user
}

// villain plays one attack.
type villain struct {
	Target
	connections, failed, closed, stanzas, bytes atomic.Int64
	why                                         atomic.Pointer[string]
}

func (v *villain) done() Done {
	d := Done{v.connections.Load(), v.failed.Load(), v.closed.Load(), v.stanzas.Load(), v.bytes.Load(), ""}
	if why := v.why.Load(); why != nil {
		d.Why = *why
	}
	return d
}

// attack is one way to do harm: act is called by so many at once, again and again. setUp, if any, is called once before.
type attack struct {
	name, what string
	many       int
	setUp      func(ctx context.Context, v *villain) error
	act        func(ctx context.Context, v *villain, i int)
}

// Attacks returns the names of the attacks, and What what each of them is.
func Attacks() (names []string) {
	for _, a := range attacks {
		names = append(names, a.name)
	}
	return names
}

// What says what an attack is.
func What(name string) string {
	if i := find(name); i >= 0 {
		return attacks[i].what
	}
	return ""
}

func find(name string) int {
	return slices.IndexFunc(attacks, func(a attack) bool { return a.name == name })
}

// Play plays an attack until asked ends. It writes a line with Done when it begins, and one when it has ended.
func Play(ctx context.Context, t Target, name string, asked io.Reader, out io.Writer) error {
	k := find(name)
	if k < 0 {
		return fmt.Errorf("%w: %q; there are %s", errNoAttack, name, strings.Join(Attacks(), ", "))
	}
	a, v := attacks[k], &villain{Target: t}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if a.setUp != nil {
		if err := a.setUp(ctx, v); err != nil {
			return err
		}
	}
	var work sync.WaitGroup
	for i := range a.many {
		work.Go(func() {
			for ctx.Err() == nil {
				before := time.Now()
				a.act(ctx, v, i)
				if time.Since(before) < time.Millisecond {
					pause(ctx, time.Millisecond) // refused at once: each still comes a thousand times a second
				}
			}
		})
	}
	answers := json.NewEncoder(out)
	if err := answers.Encode(v.done()); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, asked)
	cancel()
	work.Wait()
	if err != nil {
		return err
	}
	return answers.Encode(v.done())
}

// dial connects from some address; the connection ends with ctx.
func (v *villain) dial(ctx context.Context, address string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(rand.IntN(16)), byte(1+rand.IntN(250)))}, Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		v.failed.Add(1)
		return nil, err
	}
	v.connections.Add(1)
	context.AfterFunc(ctx, func() { c.Close() })
	return c, nil
}

// login logs an account in, on the plain port.
func (v *villain) login(ctx context.Context, account int, change func(*client.Config)) (*client.Conn, error) {
	cfg := v.Client(honest + account%villains)
	cfg.Connect = func(_ context.Context, address string) (net.Conn, error) { return v.dial(ctx, address) } // it lives as long as the attack
	if change != nil {
		change(&cfg)
	}
	dialing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := client.Dial(dialing, cfg)
	if err != nil {
		v.failed.Add(1)
		return nil, err
	}
	context.AfterFunc(ctx, c.Abort)
	return c, nil
}

// write sends bytes until there is an error.
func (v *villain) write(c net.Conn, text string) bool {
	c.SetDeadline(time.Now().Add(patience))
	n, err := io.WriteString(c, text)
	v.bytes.Add(int64(n))
	return err == nil
}

// drain reads until the server closes the connection.
func (v *villain) drain(ctx context.Context, c net.Conn) {
	c.SetDeadline(time.Now().Add(patience))
	_, _ = io.Copy(io.Discard, c)
	if ctx.Err() == nil {
		v.closed.Add(1)
	}
	c.Close()
}

// flood has a session send stanzas for as long as it lasts; make returns the nth. With read, what comes is read.
func (v *villain) flood(ctx context.Context, c *client.Conn, read bool, make func(n int) string) {
	defer c.Abort()
	if read {
		go v.discard(ctx, c)
	}
	for n := 0; ctx.Err() == nil; n++ {
		text := make(n)
		sending, cancel := context.WithTimeout(ctx, patience)
		var err error
		if c.Compressed() {
			err = c.SendXML(sending, text)
		} else {
			err = c.SendRaw(sending, []byte(text))
		}
		cancel()
		if err != nil {
			if err := c.Err(); ctx.Err() == nil && err != nil {
				v.closed.Add(1)
				why := err.Error()
				v.why.CompareAndSwap(nil, &why)
			}
			return
		}
		v.stanzas.Add(1)
		v.bytes.Add(int64(len(text)))
	}
}

// discard reads what comes, until the connection ends.
func (v *villain) discard(ctx context.Context, c *client.Conn) {
	for {
		if _, err := c.Recv(ctx); err != nil {
			return
		}
	}
}

// anyone trusts the server: it is ours.
var anyone = &tls.Config{InsecureSkipVerify: true}
