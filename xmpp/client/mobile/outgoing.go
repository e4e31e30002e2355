package mobile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/client/outbox"
)

// Outbox keeps what was sent and the server has not accepted, where it survives the app: OpenOutbox makes one of a file, a table of the app's database is as good. Its methods are
// called one at a time.
type Outbox interface {
	// Put keeps an entry under an id. When it returns, the entry is on the disk.
	Put(id string, entry []byte) error
	// Delete removes an entry; that there is none is no error.
	Delete(id string) error
	// Range calls v for every entry, in the order in which they were put.
	Range(v Visitor) error
}

// Visitor is what Outbox.Range calls.
type Visitor interface {
	// Visit is given an entry, which it does not change, and reports whether to go on.
	Visit(id string, entry []byte) bool
}

// OutboxFile is an Outbox in a file. See package outbox.
type OutboxFile struct{ f *outbox.File }

// OpenOutbox opens the file, and makes it if there is none. One Client at a time may have it.
func OpenOutbox(path string) (*OutboxFile, error) {
	f, err := outbox.Open(path)
	if err != nil {
		return nil, err
	}
	return &OutboxFile{f}, nil
}

// Put implements Outbox.
func (f *OutboxFile) Put(id string, entry []byte) error { return f.f.Put(id, entry) }

// Delete implements Outbox.
func (f *OutboxFile) Delete(id string) error { return f.f.Delete(id) }

// Range implements Outbox.
func (f *OutboxFile) Range(v Visitor) error { return f.f.Range(v) }

// Close closes the file, after the Client.
func (f *OutboxFile) Close() error { return f.f.Close() }

// letter is an entry of the outbox: a message on its way.
type letter struct {
	id     string // also its origin-id: by it the server takes a message once, however often it is sent (XEP-0359 §3)
	To     string // the address
	Millis int64  // when it was written, since 1970
	XML    string // under a stream header of jabber:client
	Quiet  bool   `json:",omitempty"` // no message of the app's: it is not told how far it has come
}

const messageEnd = "</message>"

// late is after how many ms a message says when it was written.
const late = 10_000

// xml returns what to send.
func (m *letter) xml(now time.Time) string {
	if m.Quiet || now.UnixMilli()-m.Millis < late {
		return m.XML
	}
	stamp := time.UnixMilli(m.Millis).UTC().Format("2006-01-02T15:04:05.000Z") // XEP-0082 §3.2
	return strings.TrimSuffix(m.XML, messageEnd) + "<delay xmlns='urn:xmpp:delay' stamp='" + stamp + "'/>" + messageEnd
}

// outgoing is the outbox with a copy in memory, and how much of it the connection has taken. Its methods may be called from any goroutine.
type outgoing struct {
	order sync.Mutex // held while the store is changed; before mu
	store Outbox
	more  chan struct{} // has something when there may be more to send

	mu      sync.Mutex
	letters []*letter     // in the order in which they were written
	empty   chan struct{} // closed when the last one was taken out; nil while nobody waits for that
	sent    map[string]bool
}

func openOutgoing(store Outbox) (*outgoing, error) {
	o := &outgoing{store: store, more: make(chan struct{}, 1), sent: make(map[string]bool)}
	l := loader{o: o}
	if err := store.Range(&l); err != nil {
		return nil, err
	}
	return o, l.err
}

// loader reads the store.
type loader struct {
	o   *outgoing
	err error
}

func (l *loader) Visit(id string, entry []byte) bool {
	m := &letter{id: id}
	if err := json.Unmarshal(entry, m); err != nil {
		l.err = fmt.Errorf("mobile: the entry %q of the outbox: %w", id, err)
		return false
	}
	l.o.letters = append(l.o.letters, m)
	return true
}

// put keeps a message, to be sent when it is its turn.
func (o *outgoing) put(m *letter) error {
	entry, err := json.Marshal(m)
	if err != nil {
		return err
	}
	o.order.Lock()
	defer o.order.Unlock()
	if err := o.store.Put(m.id, entry); err != nil {
		return err
	}
	o.mu.Lock()
	o.letters = append(o.letters, m)
	o.mu.Unlock()
	o.wake()
	return nil
}

func (o *outgoing) wake() {
	select {
	case o.more <- struct{}{}:
	default:
	}
}

// rewind begins a connection, on which those with these ids are sent already.
func (o *outgoing) rewind(sent []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.sent)
	for _, id := range sent {
		o.sent[id] = true
	}
	o.wake()
}

// next returns the message to send now, nil when there is none.
func (o *outgoing) next() *letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.letters {
		if !o.sent[m.id] {
			o.sent[m.id] = true
			return m
		}
	}
	return nil
}

// wait waits until the server has everything, or for the end of ctx.
func (o *outgoing) wait(ctx context.Context) {
	o.mu.Lock()
	if len(o.letters) == 0 {
		o.mu.Unlock()
		return
	}
	if o.empty == nil {
		o.empty = make(chan struct{})
	}
	empty := o.empty
	o.mu.Unlock()
	select {
	case <-empty:
	case <-ctx.Done():
	}
}

// find returns the message with that id, nil when there is none.
func (o *outgoing) find(id string) *letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := slices.IndexFunc(o.letters, func(m *letter) bool { return m.id == id }); i >= 0 {
		return o.letters[i]
	}
	return nil
}

// arrived notes that the recipient has a message, and the server therefore too.
func (o *outgoing) arrived(chat, id string) {
	if m := o.find(id); m != nil && bare(m.To) == chat {
		_ = o.remove(id) // see session.accepted
	}
}

// remove takes a message out that the server has.
func (o *outgoing) remove(id string) error {
	o.order.Lock()
	defer o.order.Unlock()
	o.mu.Lock()
	o.letters = slices.DeleteFunc(o.letters, func(m *letter) bool { return m.id == id })
	delete(o.sent, id)
	if len(o.letters) == 0 && o.empty != nil {
		close(o.empty)
		o.empty = nil
	}
	o.mu.Unlock()
	return o.store.Delete(id)
}
