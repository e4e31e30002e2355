package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godwit-im/godwit/bench/daemon"
	"github.com/godwit-im/godwit/bench/load"
	"github.com/godwit-im/godwit/xmpp/client"
)

// liar is between clients and a server, and changes one of the stanzas that come from the server: the first that contains some
// text, and the address that it is for.
type liar struct {
	net.Listener
	server, text, to, end string // end is the stanza's end tag
	change                func(stanza string) string
	hasLied               atomic.Bool
}

func (l *liar) run() {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.server)
		if err != nil {
			near.Close()
			continue
		}
		go func() { _, _ = io.Copy(far, near); far.Close() }()
		go func() { l.pass(near, far); near.Close() }()
	}
}

// pass passes on what the server says: all that is before the last end of a stanza, and what is behind when it is not the beginning of another.
func (l *liar) pass(to io.Writer, from io.Reader) {
	var held []byte
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		held = append(held, buffer[:n]...)
		whole := len(held)
		if at := bytes.LastIndex(held, []byte(l.end)); at >= 0 {
			whole = at + len(l.end)
		}
		if begin, end, ok := l.find(held[:whole]); ok && l.hasLied.CompareAndSwap(false, true) {
			next := slices.Concat(held[:begin], []byte(l.change(string(held[begin:end]))), held[end:])
			held, whole = next, whole+len(next)-len(held)
		}
		if _, e := to.Write(held[:whole]); e != nil || err != nil {
			return
		}
		held = append(held[:0], held[whole:]...)
	}
}

// find returns where the stanza is that is to be changed.
func (l *liar) find(p []byte) (begin, end int, ok bool) {
	for end < len(p) {
		at := bytes.Index(p[end:], []byte(l.end))
		if at < 0 {
			break
		}
		at, end = end+at, end+at+len(l.end)
		begin = max(0, bytes.LastIndex(p[:at], []byte("<"+l.end[2:len(l.end)-1])))
		if s := p[begin:end]; bytes.Contains(s, []byte(l.text)) && bytes.Contains(s, []byte(l.to)) {
			return begin, end, true
		}
	}
	return 0, 0, false
}

// TestLoadFindsLies proves that a workload which is disturbed is no result.
func TestLoadFindsLies(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the load generator is made of epoll")
	}
	twice := func(s string) string { return s + s }
	nothing := func(string) string { return "" }
	other := func(s string) string { return strings.Replace(s, "0 ", "0 x", 1) }
	for _, test := range []struct {
		name, text, to, end string
		change              func(string) string
		run                 func(c load.Config) (load.Wrong, error)
		want                string
	}{
		{"offline, twice", ">0 3 ", "user1@", "</message>", twice, fetching, "message 3 came again"},
		{"offline, lost", ">0 3 ", "user1@", "</message>", nothing, fetching, "message 4 came where 3 was due"},
		{"offline, changed", ">1 0 ", "user3@", "</message>", other, fetching, "is not what was sent"},
		{"offline, none", ">0 3 ", "user1@", "</message>", func(s string) string { return s }, fetching, ""},
		{"presence, twice", ">1 0 ", "user0@", "</presence>", twice, showing, "presence 0 of session 1 came again"},
		{"presence, lost", ">1 0 ", "user0@", "</presence>", nothing, showing, "have not come"},
		{"presence, changed", ">1 0 ", "user0@", "</presence>", other, showing, "is not what was sent"},
		{"presence, none", ">1 0 ", "user0@", "</presence>", func(s string) string { return s }, showing, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := &liar{text: test.text, to: test.to, end: test.end, change: test.change}
			said, err := l.between(t, test.run)
			if !l.hasLied.Load() {
				t.Fatal("it had nothing to change")
			}
			if !strings.Contains(said, test.want) || (said == "") != (test.want == "") {
				t.Errorf("%q, %v; want %q", said, err, test.want)
			}
		})
	}
}

// between runs a workload through l, and returns what was wrong.
func (l *liar) between(t *testing.T, run func(c load.Config) (load.Wrong, error)) (said string, err error) {
	s, err := daemon.New(binary, t.TempDir(), 4, busyLimits)
	if err != nil {
		t.Fatal(err)
	}
	disk, err := s.Store()
	if err == nil {
		err = daemon.AddContacts(disk, 4, func(i int) []int { return []int{i ^ 1} })
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	l.server = s.Address(client.Plain)
	if l.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go l.run()
	wrong, err := run(load.Config{
		Address: l.Addr().String(), Mode: client.Plain, Account: daemon.Account, Password: daemon.Password, Sessions: 4, Patience: 2 * time.Second,
	})
	if err != nil {
		return err.Error(), err
	}
	return wrong.First, nil
}

// TestOfflineTellsOfRefusals: a server may ack a message and refuse it.
func TestOfflineTellsOfRefusals(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the load generator is made of epoll")
	}
	s, err := daemon.New(binary, t.TempDir(), 8, busyLimits+"[store]\nqueue_ops = 1\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	r, err := load.Offline(t.Context(), load.OfflineConfig{
		Config:  load.Config{Address: s.Address(client.Plain), Mode: client.Plain, Account: daemon.Account, Password: daemon.Password, Sessions: 8},
		Waiting: 100, Window: 50, Body: 100,
	})
	if err != nil || r.Wrong.Refused == 0 || !strings.Contains(r.Wrong.First, "resource-constraint") || r.Fetched.Messages != 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

func fetching(c load.Config) (load.Wrong, error) {
	r, err := load.Offline(context.Background(), load.OfflineConfig{Config: c, Waiting: 6, Window: 2, Body: 300})
	return r.Wrong, err
}

func showing(c load.Config) (load.Wrong, error) {
	r, err := load.Presence(context.Background(), load.PresenceConfig{Config: c, Contacts: 1, Status: 300, Duration: 100 * time.Millisecond})
	return r.Wrong, err
}
