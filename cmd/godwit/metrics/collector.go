package metrics

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/edge"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Source is where the figures of a server are. Its functions may be called by any goroutine.
type Source struct {
	Version string // of the software
	Edge    func(ctx context.Context) edge.Metrics
	Store   func() store.Stats
	Online  func() (accounts, sessions int)      // that are bound
	Streams func() (known, parked int)           // that can be resumed: in memory, and of these without a connection
	Pushes  func() (sent map[string]uint64)      // by how they ended
	Watches func() (watching int, dropped int64) // who watches sessions, and how many lines were dropped because they read too slowly
}

// patience is how long a scrape waits for event loops.
const patience = time.Second

// collector makes the figures anew for each scrape.
type collector struct{ Source }

// Describe implements prometheus.Collector: what there is depends on what has happened.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w, m := writer{ch}, c.Edge(ctx)
	w.gauge("godwit_build_info", "Which software this is; always 1.", 1, "version", c.Version, "go", runtime.Version())
	w.connections(&m)
	w.traffic(&m)
	w.loops(&m)
	w.machines(&m.Machines)
	accounts, sessions := c.Online()
	w.gauge("godwit_accounts_online", "Accounts with a session.", float64(accounts))
	w.gauge("godwit_sessions_bound", "Sessions with a resource, those included whose connection is lost for the moment.", float64(sessions))
	known, parked := c.Streams()
	w.gauge("godwit_streams_resumable", "Streams in memory that can be resumed (XEP-0198).", float64(known))
	w.gauge("godwit_streams_parked", "Of these, those without a connection.", float64(parked))
	st := c.Store()
	w.store(&st)
	w.pebble(&st)
	for result, n := range c.Pushes() {
		w.counter("godwit_pushes_total", "Pushes to the services of apps (XEP-0357), by how they ended.", float64(n), "result", result)
	}
	watching, dropped := c.Watches()
	w.gauge("godwit_watchers", "Who watches sessions with godwit ctl watch.", float64(watching))
	w.counter("godwit_watch_dropped_total", "Stanzas that were not shown to who watches, because he read too slowly.", float64(dropped))
}

// writer gives figures to a scrape.
type writer struct{ ch chan<- prometheus.Metric }

func (w writer) counter(name, help string, value float64, labels ...string) {
	w.send(prometheus.CounterValue, name, help, value, labels)
}

func (w writer) gauge(name, help string, value float64, labels ...string) {
	w.send(prometheus.GaugeValue, name, help, value, labels)
}

func (w writer) send(t prometheus.ValueType, name, help string, value float64, labels []string) {
	desc, values := describe(name, help, labels)
	w.ch <- prometheus.MustNewConstMetric(desc, t, value, values...)
}

// describe takes labels as pairs of a name and a value.
func describe(name, help string, labels []string) (desc *prometheus.Desc, values []string) {
	var names []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	return prometheus.NewDesc(name, help, names, nil), values
}

// histogram shows counts of values up to bound(i) each; the last are all others. Of the bounds it shows each step-th, from first on.
func (w writer) histogram(name, help string, counts []uint64, sum float64, bound func(i int) float64, first, step int, labels ...string) {
	desc, values := describe(name, help, labels)
	buckets, n := make(map[float64]uint64), uint64(0)
	for i, count := range counts {
		n += count
		if i >= first && (i-first)%step == 0 && i < len(counts)-1 {
			buckets[bound(i)] = n
		}
	}
	w.ch <- prometheus.MustNewConstHistogram(desc, n, sum, buckets, values...)
}

// microseconds are the bounds of times that are counted by powers of two.
func microseconds(i int) float64 { return math.Ldexp(1e-6, i) }

// wholes are those of whole numbers, which are counted below powers of two.
func wholes(i int) float64 { return math.Ldexp(1, i) - 1 }

func (w writer) connections(m *edge.Metrics) {
	for i, t := range m.Transports {
		transport := edge.Transport(i).String()
		w.gauge("godwit_connections", "Open connections, by how their bytes are carried now.", float64(t.Connections), "transport", transport)
		w.gauge("godwit_sessions", "Connections whose client has logged in and bound a resource.", float64(t.Sessions), "transport", transport)
	}
	w.counter("godwit_connections_accepted_total", "Connections that the kernel has given us, before any limit.", float64(m.Accepted))
	w.counter("godwit_connections_ended_total", "Connections that are gone.", float64(m.Ended))
	w.counter("godwit_accept_errors_total", "Failures to accept, for want of descriptors and the like.", float64(m.AcceptErrors))
	for reason, n := range map[string]uint64{
		"full": m.RefusedFull, "vanished": m.Vanished, "address": m.RefusedAddress, "busy": m.RefusedBusy, "poller": m.EnrollFailed,
	} {
		w.counter("godwit_connections_refused_total", "Connections that were accepted and closed at once: all places taken, a limit per address, no loop took it, the kernel's poller, or the peer was gone already.", float64(n), "reason", reason)
	}
	for reason, n := range map[string]uint64{
		"slow_reader": m.SlowReaders, "held_too_much": m.HeldTooMuch, "deadline": m.Late, "overload": m.Overloaded,
		"gave_way": m.GaveWay, "injected": m.Injected, "proxy_header": m.ProxyFailed,
	} {
		w.counter("godwit_connections_cut_total", "Connections that the server has closed for what the peer did, or did not do in time.", float64(n), "reason", reason)
	}
	for result, n := range map[string]uint64{"ok": m.Stats.Handshakes, "failed": m.HandshakesFailed} {
		w.counter("godwit_handshakes_total", "Handshakes of TLS and of the link.", float64(n), "result", result)
	}
	w.counter("godwit_throttled_total", "Times that a peer was read more slowly because it had sent too much.", float64(m.Throttled))
	w.counter("godwit_panics_total", "Panics that were caught; each has cost its connection, and is an error in the log.", float64(m.Panics))
}

func (w writer) traffic(m *edge.Metrics) {
	for i, t := range m.Transports {
		transport := edge.Transport(i).String()
		for _, d := range []struct {
			direction    string
			wire, stream uint64
		}{{"in", t.BytesReceived, t.StreamReceived}, {"out", t.BytesSent, t.StreamSent}} {
			w.counter("godwit_network_bytes_total", "Bytes of the network: compressed, encrypted, in frames.", float64(d.wire), "transport", transport, "direction", d.direction)
			w.counter("godwit_stream_bytes_total", "Bytes of streams, before compression and encryption: XML, or the link's compact coding. The ratio to godwit_network_bytes_total is what these save, or cost.",
				float64(d.stream), "transport", transport, "direction", d.direction)
		}
	}
}

func (w writer) loops(m *edge.Metrics) {
	for i, l := range m.Loops {
		loop := strconv.Itoa(i)
		w.histogram("godwit_loop_lag_seconds", "How late an event loop came to the ticks of its timers; it is ticked while a timer is armed.", l.Lag.Count[:], l.Lag.Sum.Seconds(), microseconds, 6, 2, "loop", loop)
		w.gauge("godwit_loop_lag_max_seconds", "The latest since the scrape before.", l.LagMax.Seconds(), "loop", loop)
		w.gauge("godwit_loop_responding", "Whether the event loop has answered this scrape within a second; otherwise its figures are older.", flag(l.Responding), "loop", loop)
		w.gauge("godwit_loop_connections", "Open connections of the event loop.", float64(l.Connections), "loop", loop)
		w.gauge("godwit_loop_inbox_length", "What waits for the event loop: mail for its connections, and what is of handshakes and logins.", float64(l.Inbox), "loop", loop, "queue", "mail")
		w.gauge("godwit_loop_inbox_length", "What waits for the event loop: mail for its connections, and what is of handshakes and logins.", float64(l.Patient), "loop", loop, "queue", "login")
	}
	w.counter("godwit_mail_refused_total", "Stanzas for which an inbox had no room; their receivers read them from the archive later.", float64(m.InboxFull))
	for name, l := range map[string]edge.LaneMetrics{"jobs": m.Jobs, "searches": m.Searches, "logins": m.Logins, "handshakes": m.Handshakes} {
		w.gauge("godwit_work_running", "Slow work that runs: of sessions, searches of theirs, of logins, of handshakes.", float64(l.Running), "lane", name)
		w.gauge("godwit_work_waiting", "Slow work that waits.", float64(l.Waiting), "lane", name)
	}
}

// kinds are the names of stanza.Kind.
var kinds = [stream.StanzaKinds]string{"other", "message", "presence", "iq"}

func (w writer) machines(c *stream.Count) {
	for i, kind := range kinds {
		w.counter("godwit_stanzas_total", "Stanzas from clients and to them; other is what is none, as acks and logins.", float64(c.Received[i]), "direction", "in", "kind", kind)
		w.counter("godwit_stanzas_total", "Stanzas from clients and to them; other is what is none, as acks and logins.", float64(c.Sent[i]), "direction", "out", "kind", kind)
	}
	for condition, n := range c.StanzaErrors {
		w.counter("godwit_stanza_errors_total", "Stanzas that the server has answered with an error.", float64(n), "condition", conditionName(condition))
	}
	for condition, n := range c.StreamErrors {
		w.counter("godwit_stream_errors_total", "Streams that the server has ended with an error.", float64(n), "condition", conditionName(condition))
	}
	for l, n := range c.Logins {
		mechanism := l.Mechanism
		if mechanism == "" {
			mechanism = "unknown"
		}
		w.counter("godwit_logins_total", "Logins, by mechanism and how they ended: ok, or the condition of SASL. The mechanism key is the key of a device on the link.",
			float64(n), "mechanism", mechanism, "result", l.Result)
	}
}

func conditionName(c atom.Atom) string {
	if c == atom.Unknown {
		return "unknown"
	}
	return fmt.Sprint(c)
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
