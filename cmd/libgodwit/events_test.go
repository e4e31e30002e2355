package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/godwit-im/godwit/xmpp/client/mobile"
)

// name says what an event is, in short.
func name(text []byte) string {
	var e struct{ Event, Body, State string }
	if text == nil || json.Unmarshal(text, &e) != nil {
		return "nothing"
	}
	return e.Event + " " + e.Body + e.State
}

// TestAMessageIsReceivedWhenTheAppIsDoneWithIt: the listener returns when the next event is asked for, not when the message is given away.
func TestAMessageIsReceivedWhenTheAppIsDoneWithIt(t *testing.T) {
	q := newEvents()
	received := make(chan int, 3)
	go func() {
		for i := range 3 {
			q.Received(&mobile.Message{Body: fmt.Sprint(i)})
			received <- i
		}
	}()
	for i := range 3 {
		if got, want := name(q.next(time.Minute)), fmt.Sprintf("message %d", i); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		if len(received) > i {
			t.Fatalf("message %d is received while the app is at it", i)
		}
	}
	q.next(0)
	for i := range 3 {
		if got := <-received; got != i {
			t.Fatalf("message %d is received, want %d", got, i)
		}
	}
}

// TestOnlyTheLastStateIsSaved: it comes behind all that it belongs together with.
func TestOnlyTheLastStateIsSaved(t *testing.T) {
	q := newEvents()
	q.Save([]byte("1"))
	q.Delivery("", "id", mobile.Accepted, "")
	q.Save([]byte("2"))
	for _, want := range []string{"delivery accepted", "save 2", "nothing"} {
		if got := name(q.next(0)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestNobodyIsHeldUpAtTheEnd: an app that has stopped asking can suspend and close.
func TestNobodyIsHeldUpAtTheEnd(t *testing.T) {
	q := newEvents()
	received := make(chan bool)
	go func() {
		q.Presence(&mobile.Presence{})
		q.Contact(&mobile.Contact{})
		close(received)
	}()
	q.hold(false)
	<-received
	if got := name(q.next(0)) + name(q.next(0)); got != "presence contact " {
		t.Errorf("%q", got)
	}
}

func TestConfigurations(t *testing.T) {
	for _, bad := range []string{"", "{}", "null", `{"outbox":"x","colour":"red"}`} {
		if n, err := open(bad); err == nil || n != 0 {
			t.Errorf("%s was taken", bad)
		}
	}
	if _, err := find(0); err == nil {
		t.Error("0 is a client")
	}
}
