package load

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Sample is what was seen in a short time while messages flowed.
type Sample struct {
	At        float64 // seconds since the beginning; the warm-up is before 0
	PerSecond float64 // stanzas delivered: messages, or presence
	CPU       float64 // of the server, of one CPU
	Memory    int64   // of the server, bytes
}

// Latency is how long something took, in microseconds.
type Latency struct {
	P50, P90, P99, P999, Max, Mean float64
	Count                          int64
	Curve                          []Point // the whole distribution, coarsely
	Histogram                      []Bar   // the same, ten bars for each power of ten, those between the first and the last that have something
}

// Bar says which share of everything took at most so many microseconds, and more than the bar before it says.
type Bar struct{ Micros, Share float64 }

// Point says that a share of everything took at most so many microseconds.
type Point struct{ Share, Micros float64 }

func latencyOf(h *hdrhistogram.Histogram) Latency {
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) }
	l := Latency{P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: float64(h.Max()), Mean: h.Mean(), Count: h.TotalCount()}
	if l.Count == 0 {
		return Latency{}
	}
	for _, b := range h.CumulativeDistributionWithTicks(4) {
		l.Curve = append(l.Curve, Point{b.Quantile / 100, float64(b.ValueAt)})
	}
	l.Histogram = barsOf(h)
	return l
}

func barsOf(h *hdrhistogram.Histogram) (bars []Bar) {
	const perDecade = 10
	decade := func(v int64) int { return int(math.Ceil(math.Log10(float64(max(v, 1))) * perDecade)) }
	first := decade(h.Min())
	bars = make([]Bar, decade(h.Max())-first+1)
	for i := range bars {
		bars[i].Micros = math.Pow(10, float64(first+i)/perDecade)
	}
	for _, b := range h.Distribution() {
		if b.Count > 0 {
			i := min(max(decade(b.To)-first, 0), len(bars)-1) // To is that of a bucket, the greatest may be less
			bars[i].Share += float64(b.Count) / float64(h.TotalCount())
		}
	}
	return bars
}

// ChatResult is what Chat has measured.
type ChatResult struct {
	Sessions   int
	Delivered  uint64  // messages, while it was measured
	Seconds    float64 // for how long that was
	PerSecond  float64
	Asked      float64 // messages a second that an open loop had to send; 0 in a closed loop
	Latency    Latency
	ServerCPU  float64 // microseconds for each message; 0: unknown
	OwnCPU     float64 // … of the generator
	ServerLoad float64 // CPUs that the server kept busy
	Memory     int64   // of the server at the end, bytes
	Wrong      Wrong
	Series     []Sample
}

// LoginResult is what Login has measured.
type LoginResult struct {
	Sessions  int
	Seconds   float64 // for all
	PerSecond float64
	Latency   Latency // of each, from the connection to the client's own presence
	ServerCPU float64 // seconds for 1,000 logins; 0: unknown
	OwnCPU    float64
	Memory    int64 // of the server when all are there
}

// IdleResult is what Idle has measured.
type IdleResult struct {
	Sessions            int
	Before, Half, After int64   // bytes of the server's memory, without sessions, with half of them and with all, settled
	PerSession          float64 // bytes, with its part of what the server needs once
	PerMore             float64 // the same of the second half: without that part
}

// OfflineResult is what Offline has measured: messages stored for receivers that are away, and then fetched by them.
type OfflineResult struct {
	Sessions, Waiting int // sessions, and messages for each second one
	Stored, Fetched   Transfer
	Memory            int64 // of the server at the end, bytes
	Wrong             Wrong
}

// Transfer is what moving a number of messages took.
type Transfer struct {
	Messages   uint64
	Seconds    float64
	PerSecond  float64
	Latency    Latency // Stored: of each message, until its ack; Fetched: of each receiver, from its presence to the last message
	ServerCPU  float64 // microseconds for each message; 0: unknown
	OwnCPU     float64 // … of the generator
	ServerLoad float64 // CPUs that the server kept busy
}

// StormResult is what Storm has measured.
type StormResult struct {
	Sessions  int
	Seconds   float64 // until the last was back
	PerSecond float64
	Latency   Latency // of each, from the loss of all connections to the client's own presence
	ServerCPU float64 // seconds for 1,000 logins; 0: unknown
	OwnCPU    float64
	Memory    int64 // of the server when all are back
}

// perMessage is a processor time divided, in microseconds.
func perMessage(d time.Duration, n uint64) float64 {
	if n == 0 {
		return 0
	}
	return float64(d) / float64(time.Microsecond) / float64(n)
}
