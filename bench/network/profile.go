package network

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Profile says what a network does. The zero Profile does nothing but carry.
type Profile struct {
	Name  string // as Named knows it
	About string // one line for people
	Up    Way    // from the client, who dials, to the server
	Down  Way    // from the server to the client

	// Outages are times without network, that of a tunnel for example: what is sent in them comes by retransmission, after them.
	Outages Outages
	// NAT is how long nothing may be sent over a connection in either direction: after a longer silence the path does not know it any more, and nothing passes again, without a
	// word to anybody. 0: it never forgets.
	NAT time.Duration
	// Life is how long a connection lasts from its SYN on; the zero Span: until it is closed. Death is its end then.
	Life  Span
	Death Death
	// Portal answers in the server's place.
	Portal Portal

	// Lasts is how long the network is like this; then it is like Next: the device has another path, on which there are none of the connections of before. They are
	// silent from then on. 0: it stays.
	Lasts time.Duration
	Next  *Profile
	Gap   time.Duration // between the two, in which there is no network at all

	speed int // TCP's own time-outs are so many times shorter; 0 is 1
}

// Way is one direction.
type Way struct {
	Delay  time.Duration // of every packet
	Jitter time.Duration // of a packet at most, besides; packets do not overtake each other
	Rate   int           // bits per second, headers included; 0: as many as come
	Burst  int           // bytes that may go at once, after a rest; the depth of the token bucket
	Queue  int           // bytes that wait for their turn at most; then the sender has to. 0: one packet
	Loss   float64       // share of the packets that are lost, and of those sent again; below 1
	Header int           // bytes of each packet that are not of the stream: 40 for TCP over IPv4
}

// Span is a range of times, of which one is chosen.
type Span struct{ Min, Max time.Duration }

// Outages are times without network, one in each interval Every: at most For long, at least half as long. The first interval has begun before the network did. The
// zero Outages are none.
type Outages struct{ Every, For time.Duration }

// Death is how a connection ends by itself.
type Death uint8

// The deaths.
const (
	ByReset    Death = iota // both ends are reset
	BySilence               // nothing passes any more, neither end is told
	ByHalfOpen              // the client's end breaks, the server is not told
)

// Portal is who answers in the server's place: that of a captive network, which wants a login by browser first.
type Portal uint8

// The portals.
const (
	NoPortal Portal = iota
	Swallows        // takes the connection and all that is sent, says nothing
	Answers         // answers whatever comes as a web server, and closes
)

// The sizes of a connection in bytes.
const (
	header = 40   // of TCP and IPv4 without options
	packet = 1460 // of the stream in a packet, at most
	// window is how many bytes may be between a writer and the reader at the other end, when a Way's Queue allows it: what TCP would keep in buffers.
	window = 256 << 10
)

// both is a path that is alike in both directions, but for the rates in bits per second. rtt is that of a small packet without waiting.
func both(up, down int, rtt, jitter time.Duration, loss float64, queue int) (u, d Way) {
	u = Way{Delay: rtt / 2, Jitter: jitter, Rate: up, Queue: queue, Loss: loss, Header: header}
	d = u
	d.Rate = down
	return u, d
}

const (
	kbit = 1000
	mbit = 1000 * kbit
	ms   = time.Millisecond
)

// named are the profiles by name. The figures are those of usual measurements, rounded; gprs is without jitter and loss, so that what takes time there is bytes and round
// trips alone.
var named = func() map[string]Profile {
	lan := Profile{Name: "lan", About: "1 Gbit/s, round trip 0.4 ms"}
	lan.Up, lan.Down = both(1000*mbit, 1000*mbit, 400*time.Microsecond, 0, 0, 64<<10)

	gprs := Profile{Name: "gprs", About: "20 kbit/s, round trip 700 ms, a NAT that forgets after 5 min", NAT: 5 * time.Minute}
	gprs.Up, gprs.Down = both(20*kbit, 20*kbit, 700*ms, 0, 0, 8<<10)

	edge := Profile{Name: "edge", About: "60 kbit/s up, 120 down, round trip 400 ms and up to 60 ms more each way, 1 % loss, a NAT that forgets after 5 min", NAT: 5 * time.Minute}
	edge.Up, edge.Down = both(60*kbit, 120*kbit, 400*ms, 60*ms, 0.01, 16<<10)

	lossy := Profile{
		Name: "3g-lossy", About: "384 kbit/s up, 1 Mbit/s down, round trip 200 ms and up to 80 ms more each way, 5 % loss, reset after 1 to 10 min",
		NAT: 5 * time.Minute, Life: Span{time.Minute, 10 * time.Minute},
	}
	lossy.Up, lossy.Down = both(384*kbit, mbit, 200*ms, 80*ms, 0.05, 32<<10)

	train := Profile{
		Name: "lte-train", About: "2 Mbit/s up, 8 down, round trip 60 ms and up to 60 ms more each way, 1 % loss, every 30 s a tunnel of 3 to 6 s, half-open after 40 s to 4 min",
		Outages: Outages{Every: 30 * time.Second, For: 6 * time.Second}, Life: Span{40 * time.Second, 4 * time.Minute}, Death: ByHalfOpen,
	}
	train.Up, train.Down = both(2*mbit, 8*mbit, 60*ms, 60*ms, 0.01, 64<<10)

	lte := Profile{Name: "lte", About: "5 Mbit/s up, 20 down, round trip 60 ms and up to 20 ms more each way"}
	lte.Up, lte.Down = both(5*mbit, 20*mbit, 60*ms, 20*ms, 0, 64<<10)

	wifi := Profile{Name: "wifi", About: "20 Mbit/s, round trip 20 ms and up to 5 ms more each way"}
	wifi.Up, wifi.Down = both(20*mbit, 20*mbit, 20*ms, 5*ms, 0, 64<<10)

	handOver := wifi
	handOver.Name, handOver.About = "wifi-to-lte", "wifi for 15 s, half a second of nothing, then lte: what was connected is silent"
	handOver.Lasts, handOver.Gap, handOver.Next = 15*time.Second, 500*ms, &lte

	captive := wifi
	captive.Name, captive.About = "captive", "wifi whose portal answers every connection as a web server for 30 s, then wifi"
	captive.Portal, captive.Lasts, captive.Next = Answers, 30*time.Second, &wifi

	satellite := Profile{Name: "satellite", About: "4 Mbit/s up, 20 down, round trip 600 ms: what takes time here is round trips alone"}
	satellite.Up, satellite.Down = both(4*mbit, 20*mbit, 600*ms, 0, 0, 256<<10)

	all := map[string]Profile{}
	for _, p := range []Profile{lan, gprs, edge, lossy, train, lte, wifi, handOver, captive, satellite} {
		all[p.Name] = p
	}
	return all
}()

// Named returns the profile of that name. What it points to is shared and read-only.
func Named(name string) (Profile, error) {
	p, ok := named[name]
	if !ok {
		return p, fmt.Errorf("network: there is no profile %q: there are %s", name, strings.Join(Names(), ", "))
	}
	return p, nil
}

// Names returns the names of all profiles, sorted.
func Names() []string { return slices.Sorted(maps.Keys(named)) }

// RTT is how long a packet without content and its answer take, without jitter and waiting.
func (p Profile) RTT() time.Duration {
	return p.Up.Delay + p.Up.takes(0) + p.Down.Delay + p.Down.takes(0)
}

// Faster returns the same network in fast motion: all that takes time takes an n-th of it, and so do TCP's own time-outs. Queues are as large as before, and packets.
// It is for tests that cannot have virtual time.
func (p Profile) Faster(n int) Profile {
	by := time.Duration(n)
	for _, w := range []*Way{&p.Up, &p.Down} {
		w.Delay, w.Jitter, w.Rate = w.Delay/by, w.Jitter/by, w.Rate*n
	}
	p.Outages = Outages{p.Outages.Every / by, p.Outages.For / by}
	p.Life = Span{p.Life.Min / by, p.Life.Max / by}
	p.NAT, p.Lasts, p.Gap, p.speed = p.NAT/by, p.Lasts/by, p.Gap/by, max(p.speed, 1)*n
	if p.Next != nil {
		next := p.Next.Faster(n)
		p.Next = &next
	}
	return p
}

// own is a time-out of TCP on the network.
func (p *Profile) own(timeout time.Duration) time.Duration {
	return timeout / time.Duration(max(p.speed, 1))
}

// takes is how long n bytes in one packet take at the rate.
func (w *Way) takes(n int) time.Duration {
	if w.Rate == 0 {
		return 0
	}
	return w.time(n + w.Header)
}

// time is how long n bytes on the wire take at the rate.
func (w *Way) time(n int) time.Duration {
	if w.Rate == 0 {
		return 0
	}
	return time.Duration(int64(n) * 8 * int64(time.Second) / int64(w.Rate))
}
