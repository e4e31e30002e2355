package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/godwit-im/godwit/xmpp/client/mobile"
)

// handle is what the number of a client stands for.
type handle struct {
	*mobile.Client
	events *events
	close  func() error // the outbox
}

// handles are the clients that are open.
var handles struct {
	mu   sync.Mutex
	open map[int64]*handle
	last int64 // numbers are not used again
}

// config is what gw_open is given.
type config struct {
	JID       string `json:"jid"`
	Password  string `json:"password"`
	Outbox    string `json:"outbox"`
	State     string `json:"state"`
	Transport string `json:"transport"`
	Address   string `json:"address"`
	Resource  string `json:"resource"`
	CA        string `json:"ca"`
	Name      string `json:"name"`
	Version   string `json:"version"`
}

// open makes a client and returns its number.
func open(text string) (int64, error) {
	var c config
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return 0, fmt.Errorf("libgodwit: the configuration: %w", err)
	}
	if c.Outbox == "" {
		return 0, errors.New("libgodwit: the configuration has no outbox, the path of a file")
	}
	box, err := mobile.OpenOutbox(c.Outbox)
	if err != nil {
		return 0, err
	}
	h := &handle{events: newEvents(), close: box.Close}
	h.Client, err = mobile.NewClient(&mobile.Config{
		JID: c.JID, Password: c.Password, Transport: c.Transport, Address: c.Address, Resource: c.Resource, CA: c.CA, Name: c.Name, Version: c.Version,
	}, []byte(c.State), h.events, box)
	if err != nil {
		return 0, errors.Join(err, box.Close())
	}
	handles.mu.Lock()
	defer handles.mu.Unlock()
	if handles.open == nil {
		handles.open = make(map[int64]*handle)
	}
	handles.last++
	handles.open[handles.last] = h
	return handles.last, nil
}

var errNoClient = errors.New("libgodwit: there is no such client")

// find returns an open client.
func find(number int64) (*handle, error) {
	handles.mu.Lock()
	defer handles.mu.Unlock()
	if h := handles.open[number]; h != nil {
		return h, nil
	}
	return nil, errNoClient
}

// forget makes a number void and returns what it stood for, nil for nothing.
func forget(number int64) *handle {
	handles.mu.Lock()
	defer handles.mu.Unlock()
	h := handles.open[number]
	delete(handles.open, number)
	return h
}

// began is when time begins for the clients.
var began = time.Now()

// next returns the next event, nil when there is none in that time, and does meanwhile what is due.
func (h *handle) next(timeout time.Duration) []byte {
	for end := time.Since(began) + timeout; ; {
		now := time.Since(began)
		wait := end - now
		if due := h.Tick(now.Milliseconds()); due > 0 {
			wait = min(wait, time.Duration(due)*time.Millisecond-now)
		}
		if text := h.events.next(wait); text != nil || time.Since(began) >= end {
			return text
		}
	}
}

// contact changes the roster.
func (h *handle) contact(action, jid, name string) error {
	switch action {
	case "set":
		return h.SetContact(jid, name)
	case "remove":
		return h.RemoveContact(jid)
	case "subscribe":
		return h.Subscribe(jid)
	case "approve":
		return h.Approve(jid)
	case "deny":
		return h.Deny(jid)
	case "unsubscribe":
		return h.Unsubscribe(jid)
	}
	return fmt.Errorf("libgodwit: %q is nothing to do with a contact", action)
}

// page is a page of the archive in JSON.
type page struct {
	Messages []message `json:"messages"`
	First    string    `json:"first,omitempty"`
	Complete bool      `json:"complete"`
}

func (h *handle) history(chat, before string, limit int) (string, error) {
	p, err := h.History(chat, before, limit)
	if err != nil {
		return "", err
	}
	out := page{Messages: []message{}, First: p.First, Complete: p.Complete}
	for i := range p.Len() {
		out.Messages = append(out.Messages, newMessage("", p.At(i)))
	}
	text, err := json.Marshal(out)
	return string(text), err
}
