package main

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/client/mobile"
)

// events are what happened to a client, from its listener to gw_next_event. Messages, presence and contacts hold the listener up until the app is done with them: so nothing
// piles up here, and a message counts as received when the app has it. The rest is little, and waits in the queue.
type events struct {
	mu     sync.Mutex
	queue  []queued
	last   uint64        // the number of the last event
	taken  uint64        // … of the one that the app has
	done   uint64        // … up to which it is done with them
	nudges int           // how often next was told to return
	freely bool          // nobody is held up any more: the connection is being ended
	change chan struct{} // closed at the next change
}

// queued is an event as JSON.
type queued struct {
	number uint64
	save   bool
	text   []byte
}

func newEvents() *events { return &events{change: make(chan struct{})} }

// changed wakes whoever waits. The caller holds mu.
func (q *events) changed() {
	close(q.change)
	q.change = make(chan struct{})
}

// put appends an event, and with hold waits until the app is done with it.
func (q *events) put(event any, hold, save bool) {
	text, err := json.Marshal(event)
	if err != nil {
		panic(err) // strings, numbers and booleans
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if save {
		q.dropSave()
	}
	q.last++
	number := q.last
	q.queue = append(q.queue, queued{number, save, text})
	q.changed()
	for hold && !q.freely && q.done < number {
		q.wait(nil)
	}
}

// dropSave takes out a state that another takes the place of, behind all that came meanwhile. The caller holds mu.
func (q *events) dropSave() {
	for i, e := range q.queue {
		if e.save {
			q.queue = append(q.queue[:i], q.queue[i+1:]...)
			return
		}
	}
}

// wait waits for a change, or for the end of the time, and reports whether there was a change. The caller holds mu.
func (q *events) wait(end <-chan time.Time) bool {
	change := q.change
	q.mu.Unlock()
	defer q.mu.Lock()
	select {
	case <-change:
		return true
	case <-end:
		return false
	}
}

// nudge has next return, if it waits: there may be something to do before.
func (q *events) nudge() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.nudges++
	q.changed()
}

// next returns the next event, nil when there is none in that time, or it was nudged. The app is done with the one before.
func (q *events) next(timeout time.Duration) []byte {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.done != q.taken {
		q.done = q.taken
		q.changed()
	}
	for nudges := q.nudges; len(q.queue) == 0; {
		if !q.wait(timer.C) || q.nudges != nudges {
			return nil
		}
	}
	e := q.queue[0]
	q.queue = q.queue[1:]
	q.taken = e.number
	return e.text
}

// hold sets whether the listener may be held up.
func (q *events) hold(yes bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.freely = !yes
	q.changed()
}

// The names of states.
var (
	connectionStates = [...]string{mobile.Offline: "offline", mobile.Connecting: "connecting", mobile.Online: "online"}
	deliveryStates   = [...]string{
		mobile.Queued: "queued", mobile.Accepted: "accepted", mobile.Delivered: "delivered", mobile.Read: "read", mobile.Failed: "failed",
	}
)

// event is an event in JSON, with what not all of them have: see godwit.h.
type event struct {
	Event        string `json:"event"`
	State        string `json:"state,omitempty"`
	Reason       string `json:"reason,omitempty"`
	Fatal        bool   `json:"fatal,omitempty"`
	ID           string `json:"id,omitempty"`
	Chat         string `json:"chat,omitempty"`
	From         string `json:"from,omitempty"`
	Type         string `json:"type,omitempty"`
	Show         string `json:"show,omitempty"`
	Status       string `json:"status,omitempty"`
	JID          string `json:"jid,omitempty"`
	Name         string `json:"name,omitempty"`
	Subscription string `json:"subscription,omitempty"`
	Ask          bool   `json:"ask,omitempty"`
}

// message is a message in JSON.
type message struct {
	Event     string `json:"event,omitempty"`
	ID        string `json:"id,omitempty"`
	ArchiveID string `json:"archive_id,omitempty"`
	From      string `json:"from,omitempty"`
	To        string `json:"to,omitempty"`
	Chat      string `json:"chat,omitempty"`
	Type      string `json:"type,omitempty"`
	Body      string `json:"body,omitempty"`
	Time      int64  `json:"time"`
	Own       bool   `json:"own,omitempty"`
	Archived  bool   `json:"archived,omitempty"`
	XML       string `json:"xml,omitempty"`
}

func newMessage(kind string, m *mobile.Message) message {
	return message{kind, m.ID, m.ArchiveID, m.From, m.To, m.Chat, m.Type, m.Body, m.Time, m.Own, m.Archived, m.XML}
}

// Connection implements mobile.Listener.
func (q *events) Connection(state int, reason string, fatal bool) {
	q.put(event{Event: "connection", State: connectionStates[state], Reason: reason, Fatal: fatal}, false, false)
}

// Received implements mobile.Listener.
func (q *events) Received(m *mobile.Message) { q.put(newMessage("message", m), true, false) }

// Delivery implements mobile.Listener.
func (q *events) Delivery(chat, id string, state int, reason string) {
	q.put(event{Event: "delivery", Chat: chat, ID: id, State: deliveryStates[state], Reason: reason}, false, false)
}

// Seen implements mobile.Listener.
func (q *events) Seen(chat, id string) {
	q.put(event{Event: "seen", Chat: chat, ID: id}, false, false)
}

// Presence implements mobile.Listener.
func (q *events) Presence(p *mobile.Presence) {
	q.put(event{Event: "presence", From: p.From, Type: p.Type, Show: p.Show, Status: p.Status}, true, false)
}

// Contact implements mobile.Listener.
func (q *events) Contact(c *mobile.Contact) {
	q.put(event{Event: "contact", JID: c.JID, Name: c.Name, Subscription: c.Subscription, Ask: c.Ask}, true, false)
}

// Save implements mobile.Listener.
func (q *events) Save(state []byte) {
	q.put(event{Event: "save", State: string(state)}, false, true)
}
