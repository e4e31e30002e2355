package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
)

// TestCtlOfARunningServer: sessions are listed, watched and ended, and completed on the command line.
func TestCtlOfARunningServer(t *testing.T) {
	t.Parallel()
	l := startLocal(t, filepath.Join(t.TempDir(), "data"))
	ctl := func(args ...string) result { return cli(t, "", append([]string{"ctl", "--data", l.Data}, args...)...) }
	ctl("sessions").wants(t, 0, "ADDRESS", "")
	ctl("sessions", "bob@localhost", "--json").wants(t, 0, "", "")
	ctl("kick", "bob@localhost").wants(t, 1, "", "bob@localhost has no session now: godwit ctl sessions shows those that there are")
	ctl("watch", "bob@localhost/b").wants(t, 1, "", "bob@localhost/b has no session now")
	ctl("watch", "bob").wants(t, 1, "", `"bob" is no account`)

	watch := start(t, "watch", nil, binary, "ctl", "watch", "bob@localhost", "--data", l.Data)
	waitFor(t, &watch.errs, "watching bob@localhost: 0 sessions now")
	bob := l.chat(t, "bob")
	l.chat(t, "alice", "--send", "look\u202e at this", "bob@localhost").end(t)
	bob.message(t, "alice@localhost", "look\u202e at this")
	seen := ""
	for !strings.Contains(seen, "<body>") {
		seen = watch.line(t)
	}
	if !strings.Contains(seen, " bob@localhost/") || !strings.Contains(seen, " < <message ") || !strings.Contains(seen, "<body>look&#x202E; at this</body>") {
		t.Errorf("the watch shows %q", seen)
	}
	if err := watch.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	watch.end(t)

	var s admin.Session
	r := ctl("sessions", "bob@localhost", "--json")
	if err := json.Unmarshal([]byte(r.out), &s); err != nil || s.Transport != "link" || s.Device == "" || time.Since(s.Since) > time.Hour {
		t.Errorf("%+v, %v", r, err)
	}
	ctl("sessions").wants(t, 0, s.JID, "")
	cli(t, "", "__complete", "ctl", "watch", "--data", l.Data, "").wants(t, 0, "bob@localhost\n"+s.JID+"\n:4", "")
	ctl("kick", s.JID).wants(t, 0, "ended 1 session of "+s.JID, "")
	waitFor(t, &bob.errs, "the operator has ended the session") // before the end of its input, which is a good one
	bob.fails(t, "")
	l.stop(t)
	ctl("sessions").wants(t, 1, "", "no server runs on "+l.Data)
	ctl("watch", "bob@localhost").wants(t, 1, "", "no server runs on "+l.Data)
}

// waitFor waits until something has been said.
func waitFor(t *testing.T, b *syncBuffer, text string) {
	t.Helper()
	for began := time.Now(); !strings.Contains(b.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatalf("no %q in %q", text, b.String())
		}
	}
}

// TestSessionsAreATable: one line for each, and what a client says of itself plays no tricks with the terminal.
func TestSessionsAreATable(t *testing.T) {
	var b strings.Builder
	err := printSessions(&b, []admin.Session{
		{JID: "a@localhost/\u202ex", Transport: "tls", Peer: "192.0.2.1:5", Resumable: true, Inactive: true, Behind: true, Unacked: 3, Queued: 4, Received: 5, Sent: 6, Client: "Bird\x1b[2Jsong"},
		{JID: "b@localhost/y", Transport: "parked", Device: "phone"},
	}, false)
	want := "ADDRESS                TRANSPORT  PEER         SINCE  HEARD  STATE                      UNACKED  QUEUED  IN  OUT  CLIENT\n" +
		"a@localhost/&#x202E;x  tls        192.0.2.1:5  -      -      resumable,inactive,behind  3        4       5   6    Bird[2Jsong\n" +
		"b@localhost/y          parked     -            -      -      -                          0        0       0   0    phone\n"
	if err != nil || b.String() != want {
		t.Errorf("\n%s%v, want\n%s", b.String(), err, want)
	}
}

// TestWhatIsShownIsOneLine, which can be read back.
func TestWhatIsShownIsOneLine(t *testing.T) {
	var b strings.Builder
	show := printShown(&b)
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.Local)
	for _, s := range []admin.Shown{
		{Time: at, Session: "a@localhost/x", XML: "<message><body>two\nlines, äöü 😀\u0085</body></message>"},
		{Dropped: 1}, {Dropped: 20},
		{Time: at, Session: "a@localhost/x", Out: true, XML: "<a h='1'/>"},
	} {
		if err := show(s); err != nil {
			t.Fatal(err)
		}
	}
	want := "03:04:05.678 a@localhost/x > <message><body>two&#xA;lines, äöü 😀&#x85;</body></message>\n" +
		"… 1 line left out\n… 20 lines left out\n" +
		"03:04:05.678 a@localhost/x < <a h='1'/>\n"
	if b.String() != want {
		t.Errorf("\n%swant\n%s", b.String(), want)
	}
}
