package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// Config says which server is driven, and by how many clients. Zero fields of the second group have good defaults.
type Config struct {
	Address  string              // host:port
	Mode     client.Mode         // how clients connect
	Account  func(i int) jid.JID // of session i
	Password string              // of all accounts
	PID      int                 // of the server's process; 0: its processor time and memory are unknown
	Sessions int                 // how many there are
	Progress func(s string)      // told now and then
	Keys     *Keys               // what clients remember from one login to the next; nil: new ones

	Mechanisms []string      // of SASL; nil: SCRAM without channel binding, which not all servers have alike; on the link the best
	Parallel   int           // how many log in at once; 64
	Loops      int           // event loops; 1
	Patience   time.Duration // how long the server may say nothing to a client that waits for it; 30 s
	Curves     []tls.CurveID // key exchanges of TLS; nil: what crypto/tls prefers

	Secured func(how string) // told how connections are secured, when the first are: "" in the clear

	together int // so many sessions, one after the other, are on one loop; 2: both of a pair
}

// ChatConfig is what Chat is to do.
type ChatConfig struct {
	Config
	Talk
}

// OfflineConfig is what Offline is to do. The first of each two sessions writes, the second is away.
type OfflineConfig struct {
	Config
	Waiting int // messages for each receiver
	Window  int // of a pair, written and not acked
	Body    int // bytes of a message's body
}

// Crowd is how many sessions log in at once in a Storm: fewer than the connections that Linux lets wait for a server to accept them, by default. With more, some would be
// dropped and tried again by TCP, after 1 s, 3 s, 7 s, and the result would be of that.
const Crowd = 2000

// PresenceConfig is what Presence is to do. The sessions are in circles of Contacts+1, in which everybody is a contact of everybody else, subscribed both ways: the
// accounts' rosters must say so, see [Circle].
type PresenceConfig struct {
	Config
	Contacts int           // of each session
	Status   int           // bytes of a presence's status
	Warmup   time.Duration // before it is measured
	Duration time.Duration // for how long it is measured
}

// Circle returns the first and the last session of the circle that session i is in, when each has so many contacts.
func Circle(i, contacts int) (first, last int) {
	first = i - i%(contacts+1)
	return first, first + contacts
}

// Talk says how messages flow.
type Talk struct {
	Window   int           // messages of a flow on their way, in a closed loop
	Rate     float64       // messages a second of all flows together: an open loop; 0: a closed loop
	Body     int           // bytes of a message's body
	NoStore  bool          // each message asks the server to keep no copy (XEP-0334)
	Full     bool          // messages are for the receiver's full JID, else for the bare one
	Warmup   time.Duration // before it is measured
	Duration time.Duration // for how long it is measured
}

func (c *Config) ready() error {
	if c.Sessions < 1 {
		return errors.New("there must be a session")
	}
	if c.Mechanisms == nil && c.Mode != client.Link {
		c.Mechanisms = []string{"SCRAM-SHA-256", "SCRAM-SHA-1"}
	}
	if c.Progress == nil {
		c.Progress = func(string) {}
	}
	if c.Secured == nil {
		c.Secured = func(string) {}
	}
	if c.Keys == nil {
		c.Keys = NewKeys(c.Sessions)
	}
	orDefault(&c.Parallel, 64)
	orDefault(&c.Loops, 1)
	orDefault(&c.Patience, 30*time.Second)
	orDefault(&c.together, 2)
	c.Loops = min(c.Loops, (c.Sessions+c.together-1)/c.together)
	return nil
}

// areGroups checks that the sessions make groups of so many, and that a body can tell messages apart.
func (c *Config) areGroups(size int, name string, body int) error {
	switch {
	case c.Sessions < size || c.Sessions%size != 0:
		return fmt.Errorf("%d sessions make no %s", c.Sessions, name)
	case body < minBody || body > maxBody:
		return fmt.Errorf("a body of %d bytes: at least %d, to tell messages apart, and at most %d", body, minBody, maxBody)
	}
	return nil
}

func (c *OfflineConfig) check() error {
	if err := c.areGroups(2, "pairs", c.Body); err != nil {
		return err
	}
	if c.Waiting < 1 || c.Window < 1 {
		return errors.New("a message must wait, and one be on its way")
	}
	return nil
}

func (c *PresenceConfig) check() error {
	if c.Contacts < 1 {
		return errors.New("without contacts nobody gets a presence")
	}
	c.together = c.Contacts + 1
	if err := c.areGroups(c.together, fmt.Sprintf("circles of %d", c.together), c.Status); err != nil {
		return err
	}
	if c.Duration <= 0 || c.Warmup < 0 {
		return errNoTime
	}
	return nil
}

var errNoTime = errors.New("it takes some time to measure")

func (c *ChatConfig) check() error {
	if err := c.areGroups(2, "pairs", c.Body); err != nil {
		return err
	}
	switch {
	case c.Rate < 0, c.Rate == 0 && c.Window < 1:
		return errors.New("a closed loop needs a window, an open one a rate")
	case c.Duration <= 0 || c.Warmup < 0:
		return errNoTime
	}
	return nil
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// client is the configuration of session i's Machine.
func (c *Config) client(i int) *client.Config {
	return &client.Config{JID: c.Account(i), Password: c.Password, Resource: "load", Mode: c.Mode, Mechanisms: c.Mechanisms, Keys: &c.Keys.scram[i]}
}

// tls is for a server whose certificate nobody has signed: what is measured here is no secret.
func (c *Config) tls(i int) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: c.Account(i).Domain(), CurvePreferences: c.Curves}
}

// Keys is what the clients of so many accounts remember from one login to the next, also from one run to the next: what SCRAM has made of the password,
// and what a device has for the link.
type Keys struct {
	scram []sasl.ClientKeys
	link  []linkKeys
}

// NewKeys returns Keys for n accounts.
func NewKeys(n int) *Keys { return &Keys{make([]sasl.ClientKeys, n), make([]linkKeys, n)} }

// linkKeys are what a device remembers: its own key, and that of the server once that has proved it.
type linkKeys struct {
	device link.Key
	server []byte
}
