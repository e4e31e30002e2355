package session

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

// TestFullDisk has alice fill a disk of 64 MiB with messages to bob. What finds no room is answered with resource-constraint of type wait (RFC 6120 §8.3.3.18); what
// was acked and not answered so is in bob's archive, also after a power cut just then; and when there is room again, messages are taken again. The seed is that of what
// the messages say.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 50 MiB")
	}
	f := &full{seed: *seed, accepted: map[string]bool{}, refused: map[string]bool{}}
	if f.seed == 0 {
		f.seed = rand.Uint64() >> 1
	}
	t.Logf("seed %d", f.seed)
	f.rng = rand.NewChaCha8([32]byte{byte(f.seed), byte(f.seed >> 8), byte(f.seed >> 16), byte(f.seed >> 24)})
	var disk *store.Memory
	f.trial = newTrialOn(t, nil, func(d *store.Memory, o store.Options) (*store.Store, error) {
		if disk == nil {
			d.SetSize(64 << 20)
		}
		disk = d
		o.MinFreeBytes, o.MemTableBytes, o.CacheBytes = 16<<20, 2<<20, 1<<20
		return store.OpenMemory(d, o)
	})
	f.books.shared = true // memory goes into the disk
	f.bound(enableIt + available)
	f.fill(t)
	for range 20 {
		f.message(t)
	}
	f.check(t)
	before := len(f.accepted)

	f.restart(&tape{[]byte{0, worstCrash}})
	f.check(t)
	f.bound(enableIt + available)
	f.fill(t)
	f.check(t)

	disk.SetSize(96 << 20)
	for end := time.Now().Add(10 * time.Second); f.w.Store().Stats().DiskFull; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the store does not notice that there is room")
		}
	}
	if text := f.message(t); !f.accepted[text] {
		t.Errorf("with room message %s is refused", text)
	}
	f.check(t)
	t.Logf("%d messages of %d bytes were taken and %d refused; %d were taken before the power cut", len(f.accepted), fullBytes, len(f.refused), before)
	for _, c := range f.finish() {
		t.Error(c)
	}
}

// fullBytes is how long a text that cannot be compressed is in a message.
const fullBytes = 6 << 10

// full is a trial whose disk becomes full.
type full struct {
	*trial
	seed              uint64
	rng               *rand.ChaCha8
	accepted, refused map[string]bool
	count             int // stanzas that the server has sent since acks are on
}

// ack acks what was heard.
func (f *full) ack(c *xmpptest.Client, heard []*xmpptest.Node) {
	for _, n := range heard {
		switch {
		case n.NS == nsSM && n.Name == "enabled":
			f.count = 0
		case isStanza(n):
			f.count++
		}
	}
	c.Send("<a xmlns='urn:xmpp:sm:3' h='" + strconv.Itoa(f.count) + "'/>")
}

// message sends one to bob, and notes what has become of it: acked and nothing else, or acked and answered with the error.
func (f *full) message(t *testing.T) string {
	t.Helper()
	f.tokens++
	token := fmt.Sprintf("f%d", f.tokens)
	p := make([]byte, fullBytes)
	f.rng.Read(p)
	c := f.conn()
	c.Send("<message to='bob@" + domain + "' type='chat' id='" + token + "'><body>" + token + "</body><x xmlns='urn:x'>" + base64.StdEncoding.EncodeToString(p) + "</x></message>" + ask)
	f.given += 2 * fullBytes
	heard := c.Received()
	f.ack(c, heard)
	f.carol.Forget()
	i := slices.IndexFunc(heard, func(n *xmpptest.Node) bool { return n.Name == "message" && attrOf(n, "type") == "error" })
	if !slices.ContainsFunc(heard, func(n *xmpptest.Node) bool { return n.NS == nsSM && n.Name == "a" }) {
		t.Fatalf("message %s is not acked: %v", token, heard)
	}
	if f.bob.Forget(); i < 0 {
		f.accepted[token] = true
		return token
	}
	f.refused[token] = true
	e := childOf(heard[i], nsClient, "error")
	if attrOf(heard[i], "id") != token || attrOf(e, "type") != "wait" || childOf(e, nsStanzas, "resource-constraint") == nil {
		t.Errorf("message %s is answered with %s", token, heard[i])
	}
	return token
}

// fill sends messages until one is refused.
func (f *full) fill(t *testing.T) {
	for range 64 << 20 / fullBytes {
		if f.refused[f.message(t)] {
			return
		}
	}
	t.Fatal("nothing is refused")
}

// check compares bob's archive with what he was promised.
func (f *full) check(t *testing.T) {
	t.Helper()
	stored := map[string]uint64{}
	readTokens(f.w.Store(), 0, stored)
	for token := range f.accepted {
		if stored[token] == 0 {
			t.Errorf("message %s was acked, and is not there", token)
		}
	}
	for token := range stored {
		if strings.HasPrefix(token, "f") && !f.accepted[token] {
			t.Errorf("message %s is there, and was refused", token)
		}
	}
}
