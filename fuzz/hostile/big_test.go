package hostile

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// Bounds on what one connection may make the server allocate, all in all (our own end included), and so on what it holds at any
// time: before login and after. The limits on an element are 8 KiB and 256 KiB (codec.PreAuthLimits, codec.DefaultLimits).
const (
	strangerMemory = 128 << 10
	memberMemory   = 2 << 20
)

// bigOnes plays the endless headers, giant stanzas and bottomless nestings, several at once, and looks at the memory.
func bigOnes(t *testing.T, w *world) {
	for _, c := range corpus.BigHostile() {
		data, err := io.ReadAll(c.Open())
		must(t, err)
		if c.File == "big-presence-100k.xml" { // each is broadcast: some of them are as good
			c.Stanzas /= 40
			data = append(data[:c.PayloadAt+len("<presence/>")*c.Stanzas], streamEnd...)
		}
		c.Data = data
		w.big(t, &c, w.strangers, "as strangers", rightForBig(&c), strangerMemory)
		if c.PayloadAt > 0 {
			c.Data = c.Data[c.PayloadAt:]
			w.big(t, &c, w.attackers, "as members", byManifest(&c.HostileCase), memberMemory)
		}
	}
}

// rightForBig is the table of the package comment, for streams that are all too large for a stranger or begin with a stanza.
func rightForBig(c *corpus.BigCase) []string {
	if c.Stanzas > 0 {
		return []string{"stream-error:not-authorized"}
	}
	return byManifest(&c.HostileCase)
}

// bigPorts are the ports for XML; under the race detector one of them, in turn.
func (w *world) bigPorts() []port {
	all := []port{plain, starttls, direct}
	if raced {
		i := w.turn.Add(1) % 3
		return all[i : i+1]
	}
	return all
}

// strangers connects once by each port for XML.
func (w *world) strangers(t *testing.T) (all []*peer) {
	for _, via := range w.bigPorts() {
		before := w.server.Stats().Handshakes
		p, err := w.dial(via)
		must(t, err)
		if via == direct { // who sends much before the server has done its part of the handshake is cut off without a word
			within(t, "handshake", func() (any, bool) { return 1, w.server.Stats().Handshakes > before })
		}
		all = append(all, p)
	}
	return all
}

// attackers logs in once by each port for XML.
func (w *world) attackers(t *testing.T) (all []*peer) {
	for _, via := range w.bigPorts() {
		p, err := w.attacker(via)
		must(t, err)
		all = append(all, p)
	}
	return all
}

// big plays a case on several connections at once. What others allocate meanwhile is counted too, so too much counts only if it comes again; under the race
// detector it counts for nothing, since pools forget there, and everyone allocates all the time.
func (w *world) big(t *testing.T, c *corpus.BigCase, connect func(*testing.T) []*peer, as string, right []string, bound uint64) {
	var grown uint64
	for range 3 {
		if grown = w.bigOnce(t, c, connect(t), as, right); grown <= bound || raced || t.Failed() {
			return
		}
	}
	t.Errorf("%s, %s: %d KiB for each connection, want at most %d KiB", c.File, as, grown>>10, bound>>10)
}

// bigOnce returns how much memory each connection took.
func (w *world) bigOnce(t *testing.T, c *corpus.BigCase, peers []*peer, as string, right []string) uint64 {
	before := memory()
	var wg sync.WaitGroup
	for _, p := range peers {
		defer p.close()
		wg.Go(func() {
			got, err := p.playBig(c)
			if err == nil {
				err = judge(got, right...)
			}
			if err != nil {
				t.Errorf("%s on %v, %s: %v", c.File, p.port, as, err)
			}
		})
	}
	wg.Wait()
	w.bigMessages(t, c, peers)
	grown := int64(memory().TotalAlloc - before.TotalAlloc)
	if c.Expect == "accept" { // what was taken has gone where it should go; nothing may stay
		runtime.GC()
		grown = max(0, int64(memory().HeapAlloc)-int64(before.HeapAlloc))
	}
	return uint64(grown) / uint64(len(peers))
}

// bigMessages looks whether more has arrived than the case has stanzas.
func (w *world) bigMessages(t *testing.T, c *corpus.BigCase, peers []*peer) {
	must(t, w.barrier())
	for _, p := range peers {
		if p.jid == "" {
			continue
		}
		if got, err := w.sink.take(p.jid); err != nil || len(got) > c.Stanzas {
			t.Errorf("%s on %v: %d messages arrived, %v", c.File, p.port, len(got), err)
		}
	}
}

// playBig sends the stream while it reads.
func (p *peer) playBig(c *corpus.BigCase) (result string, err error) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		_ = p.write(c.Data) // the server may hang up
		if c.End == "unfinished" {
			_ = p.end()
		}
	})
	result = "accept"
	for {
		r, err := p.next()
		switch {
		case err == io.EOF && (result == "accept" || p.footer):
			return result, nil
		case err != nil:
			return result, fmt.Errorf("%w after %s", err, result)
		case r.isError:
			result = "stream-error:" + r.condition
			p.raw.SetWriteDeadline(time.Now()) // enough
		case result != "accept" && r.event != codec.EventClose:
			return result, fmt.Errorf("%s behind an error", r.xml)
		}
	}
}

func memory() (m runtime.MemStats) {
	runtime.ReadMemStats(&m)
	return m
}
