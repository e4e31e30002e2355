package resume

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// pause is that between two messages.
const pause = 5 * time.Millisecond

// Waits is what Talk has seen.
type Waits struct {
	Longest  time.Duration // wait of a message, that of those still on their way included
	Messages int           // that have come
}

// Talk logs two sessions in, and lets one write to the other until asked ends. It is to run in a process of its own, which does not share a scheduler with
// thousands of clients that come back. When both are logged in it writes a line with Waits, as JSON; and then for each line of asked one with those since the last.
func Talk(ctx context.Context, from, to client.Config, asked io.Reader, out io.Writer) error {
	t, err := begin(ctx, from, to)
	if err != nil {
		return err
	}
	defer t.end()
	answers := json.NewEncoder(out)
	for lines := bufio.NewScanner(asked); ; {
		if err := answers.Encode(t.longest()); err != nil {
			return err
		}
		if !lines.Scan() {
			return lines.Err()
		}
		if err := t.failed(); err != nil {
			return err
		}
	}
}

// talkers is Talk, somewhere else.
type talkers struct {
	ask     *io.PipeWriter
	answers *json.Decoder
	ended   chan error
}

// talk has the two talk until end.
func (c *Config) talk(ctx context.Context) (*talkers, error) {
	asked, ask := io.Pipe()
	answers, out := io.Pipe()
	t := &talkers{ask, json.NewDecoder(answers), make(chan error, 1)}
	go func() {
		err := c.Talk(ctx, asked, out)
		if err == nil {
			err = io.EOF
		}
		asked.CloseWithError(err)
		out.CloseWithError(err)
		t.ended <- err
	}()
	_, err := t.read()
	return t, err
}

// longest returns what was seen since the last call.
func (t *talkers) longest() (Waits, error) {
	if _, err := t.ask.Write([]byte{'\n'}); err != nil {
		return Waits{}, err
	}
	return t.read()
}

func (t *talkers) read() (w Waits, err error) { return w, t.answers.Decode(&w) }

func (t *talkers) end() {
	t.ask.Close()
	<-t.ended
}

// talk is one session that writes to another, and measures how long each message takes.
type talk struct {
	from, to *client.Conn
	cancel   context.CancelFunc
	work     sync.WaitGroup

	mu    sync.Mutex
	begun map[string]time.Time // messages on their way
	waits Waits                // since longest
	err   error
}

// begin starts the two. They go on until end.
func begin(ctx context.Context, from, to client.Config) (t *talk, err error) {
	t = &talk{begun: map[string]time.Time{}}
	ctx, t.cancel = context.WithCancel(ctx)
	if t.from, err = login(ctx, from); err != nil {
		return nil, err
	}
	if t.to, err = login(ctx, to); err != nil {
		t.from.Abort()
		return nil, err
	}
	t.work.Go(func() { t.note(ctx, t.send(ctx, t.to.JID().Bare())) })
	t.work.Go(func() { t.note(ctx, t.receive(ctx)) })
	return t, nil
}

func (t *talk) end() {
	t.cancel()
	t.work.Wait()
	t.from.Abort()
	t.to.Abort()
}

// note keeps what ended one of the two before its time.
func (t *talk) note(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ctx.Err() == nil && t.err == nil {
		t.err = err
	}
}

func (t *talk) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func (t *talk) send(ctx context.Context, to jid.JID) error {
	for n := 0; ; n++ {
		id := strconv.Itoa(n)
		t.mu.Lock()
		t.begun[id] = time.Now()
		t.mu.Unlock()
		if _, err := t.from.Message(ctx, to, "hello", client.ID(id)); err != nil {
			return err
		}
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

func (t *talk) receive(ctx context.Context) error {
	for {
		s, err := t.to.Recv(ctx)
		if err != nil {
			return err
		}
		if s.Element().Name() == atom.Message {
			t.came(s.ID())
		}
	}
}

func (t *talk) came(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at, ok := t.begun[id]; ok {
		delete(t.begun, id)
		t.waits.Longest = max(t.waits.Longest, time.Since(at))
		t.waits.Messages++
	}
}

// longest returns what was seen since the last call.
func (t *talk) longest() (w Waits) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w, t.waits = t.waits, Waits{}
	for _, at := range t.begun {
		w.Longest = max(w.Longest, time.Since(at))
	}
	return w
}
