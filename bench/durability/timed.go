package durability

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/xmpp/client"
)

// late is how long after its time a message is late.
const late = 100 * time.Millisecond

// patience is how long it is waited for an ack.
const patience = 30 * time.Second

// clock has the times of a pair's messages, as durations since the beginning, by their number.
type clock struct {
	begin         time.Time
	sent          []atomic.Int64
	ack, delivery []time.Duration // how long each took
}

// timed sends messages at the rate and times each.
func (c *Config) timed(ctx context.Context, pairs []pair, r *Result) error {
	begin := time.Now()
	clocks := make([]clock, len(pairs))
	acked := make([]<-chan string, len(pairs))
	for i := range clocks {
		acked[i] = pairs[i].from.Acked() // before the first is sent
		n := c.share(c.Timed, i)
		clocks[i] = clock{begin, make([]atomic.Int64, n), make([]time.Duration, n), make([]time.Duration, n)}
	}
	var lateOnes atomic.Int64
	step := time.Duration(float64(time.Second) / c.Rate)
	err := together(ctx, 3*len(pairs), func(ctx context.Context, i int) error {
		p, k := pairs[i/3], &clocks[i/3]
		switch i % 3 {
		case 0:
			return k.send(ctx, p, step*time.Duration(i/3), step*time.Duration(c.Pairs), &lateOnes)
		case 1:
			return k.acked(ctx, acked[i/3])
		}
		return k.delivered(ctx, p.to)
	})
	if err != nil {
		return err
	}
	var acks, deliveries []time.Duration
	for i := range clocks {
		acks, deliveries = append(acks, clocks[i].ack...), append(deliveries, clocks[i].delivery...)
	}
	r.Ack, r.Delivery, r.Late = latency(acks), latency(deliveries), int(lateOnes.Load())
	return nil
}

// send sends each message at its time: the first after first, then every step.
func (k *clock) send(ctx context.Context, p pair, first, step time.Duration, lateOnes *atomic.Int64) error {
	to := p.to.JID().Bare()
	for n := range k.sent {
		due := first + time.Duration(n)*step
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(k.begin.Add(due))):
		}
		now := time.Since(k.begin)
		if now > due+late {
			lateOnes.Add(1)
		}
		k.sent[n].Store(int64(now))
		if _, err := p.from.Message(ctx, to, body, client.ID(strconv.Itoa(n))); err != nil {
			return err
		}
	}
	return nil
}

// since returns how long ago the message with that id was sent, and its number.
func (k *clock) since(id string) (n int, d time.Duration, err error) {
	if n, err = strconv.Atoi(id); err != nil || n < 0 || n >= len(k.sent) {
		return 0, 0, fmt.Errorf("a message %q that was not sent", id)
	}
	return n, time.Since(k.begin) - time.Duration(k.sent[n].Load()), nil
}

// acked times acks.
func (k *clock) acked(ctx context.Context, acks <-chan string) error {
	for range k.sent {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(patience):
			return fmt.Errorf("no ack in %v", patience)
		case id := <-acks:
			n, d, err := k.since(id)
			if err != nil {
				return err
			}
			k.ack[n] = d
		}
	}
	return nil
}

// delivered times deliveries.
func (k *clock) delivered(ctx context.Context, conn *client.Conn) error {
	for range k.sent {
		s, err := message(ctx, conn)
		if err != nil {
			return err
		}
		n, d, err := k.since(s.ID())
		if err != nil {
			return err
		}
		k.delivery[n] = d
	}
	return nil
}
