package crash

import (
	"context"
	"flag"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/godwit-im/godwit/bench/network"
)

var (
	networkName = flag.String("network", "", "profile of bench/network that lies between clients and server; empty: a road of our own")
	faster      = flag.Int("faster", 50, "how many times faster that network is than the profile says")
)

// onNetwork returns the flags, as they are written.
func onNetwork() string {
	if *networkName == "" {
		return ""
	}
	return fmt.Sprintf(" -network %s -faster %d", *networkName, *faster)
}

// badRoad is a road over a network with a profile.
type badRoad struct {
	network *network.Network
	at      net.Addr
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// newBadRoad opens a road to that address over the network of the flags.
func newBadRoad(t *testing.T, seed uint64, to string) *badRoad {
	t.Helper()
	p, err := network.Named(*networkName)
	must(t, err)
	p.Life = network.Span{} // actors end their connections themselves, and are to come to rest
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	r := &badRoad{network: network.New(p.Faster(*faster), seed), at: l.Addr(), cancel: cancel}
	r.work.Go(func() {
		if err := r.network.Proxy(ctx, l, to); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *badRoad) address() string { return r.at.String() }

func (r *badRoad) darken() { r.network.Change(network.Profile{Portal: network.Swallows}, 0) }

func (r *badRoad) close() {
	r.cancel()
	r.network.Close()
	r.work.Wait()
}
