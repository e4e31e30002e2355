package mobile

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/client"
)

// silent is a Listener that nothing is expected of.
type silent struct{}

func (silent) Connection(int, string, bool)         {}
func (silent) Received(*Message)                    {}
func (silent) Delivery(string, string, int, string) {}
func (silent) Seen(string, string)                  {}
func (silent) Presence(*Presence)                   {}
func (silent) Contact(*Contact)                     {}
func (silent) Save([]byte)                          {}

func newClient(t *testing.T, path string) *Client {
	t.Helper()
	box, err := OpenOutbox(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	c, err := NewClient(&Config{JID: "juliet@example.com"}, nil, silent{}, box)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestPlainTypes: what is exported can be bound to other languages by gomobile.
func TestPlainTypes(t *testing.T) {
	for _, f := range []any{NewClient, OpenOutbox} {
		plainFunction(t, reflect.TypeOf(f))
	}
	for _, v := range []any{new(Client), new(Config), new(Message), new(Presence), new(Contact), new(Page), new(OutboxFile)} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumMethod() {
			plainFunction(t, typ.Method(i).Type)
		}
		for _, field := range reflect.VisibleFields(typ.Elem()) {
			if field.IsExported() && !plain(field.Type) {
				t.Errorf("%v.%s is a %v", typ, field.Name, field.Type)
			}
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[Listener](), reflect.TypeFor[Outbox](), reflect.TypeFor[Visitor]()} {
		for i := range typ.NumMethod() {
			plainFunction(t, typ.Method(i).Type)
		}
	}
}

// plainFunction wants plain arguments, and one plain result at most but for an error.
func plainFunction(t *testing.T, f reflect.Type) {
	t.Helper()
	for i := range f.NumIn() {
		if !plain(f.In(i)) {
			t.Errorf("%v takes a %v", f, f.In(i))
		}
	}
	for i := range f.NumOut() {
		if !plain(f.Out(i)) {
			t.Errorf("%v returns a %v", f, f.Out(i))
		}
	}
	if f.NumOut() > 2 || f.NumOut() == 2 && f.Out(1) != reflect.TypeFor[error]() {
		t.Errorf("%v returns too much", f)
	}
}

func plain(t reflect.Type) bool {
	own := func(t reflect.Type) bool { return t.PkgPath() == reflect.TypeFor[Client]().PkgPath() }
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int64, reflect.Bool:
		return t.PkgPath() == ""
	case reflect.Slice:
		return t.Elem().Kind() == reflect.Uint8
	case reflect.Pointer:
		return t.Elem().Kind() == reflect.Struct && own(t.Elem())
	case reflect.Interface:
		return own(t) || t == reflect.TypeFor[error]()
	}
	return false
}

func TestOutboxSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	c := newClient(t, path)
	var ids []string
	for _, body := range []string{"one", "<two>", "three"} {
		id, err := c.Send("romeo@example.net", body)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := c.out.remove(ids[0]); err != nil {
		t.Fatal(err)
	}
	again := newClient(t, path)
	again.out.rewind([]string{ids[2]}) // it went out with the stream
	m := again.out.next()
	if m == nil || m.id != ids[1] || !strings.Contains(m.XML, "<body>&lt;two&gt;</body>") || again.out.next() != nil {
		t.Errorf("to be sent is %+v", m)
	}
	again.out.rewind(nil)
	if first, second := again.out.next(), again.out.next(); first.id != ids[1] || second.id != ids[2] || again.out.next() != nil {
		t.Error("on a new connection it is not all sent, in its order")
	}
}

func TestLateMessagesSayWhenTheyWereWritten(t *testing.T) {
	c := newClient(t, filepath.Join(t.TempDir(), "outbox"))
	if _, err := c.Send("romeo@example.net", "one"); err != nil {
		t.Fatal(err)
	}
	m := c.out.next()
	written := time.UnixMilli(m.Millis)
	if strings.Contains(m.xml(written.Add((late-1)*time.Millisecond)), "delay") {
		t.Error("it was not late")
	}
	want := "<delay xmlns='urn:xmpp:delay' stamp='" + written.UTC().Format("2006-01-02T15:04:05.000Z") + "'/></message>"
	if got := m.xml(written.Add(late * time.Millisecond)); !strings.HasSuffix(got, want) {
		t.Errorf("it says %s", got)
	}
}

func TestAReceiptIsTheServersAckToo(t *testing.T) {
	c := newClient(t, filepath.Join(t.TempDir(), "outbox"))
	id, err := c.Send("romeo@example.net/orchard", "one")
	if err != nil {
		t.Fatal(err)
	}
	if c.out.arrived("paris@example.net", id); c.out.find(id) == nil {
		t.Error("anybody can take a message out")
	}
	if c.out.arrived("romeo@example.net", id); c.out.find(id) != nil {
		t.Error("the recipient has it, and it is still to be sent")
	}
}

// TestReceiptsOfCopies: a message came as a copy while nobody else was there, and its sender never heard of that.
func TestReceiptsOfCopies(t *testing.T) {
	for _, c := range []struct {
		mail              client.Mail
		toAccount, begins bool
		want              bool
	}{
		{client.Mail{}, true, true, true},
		{client.Mail{}, false, false, true},
		{client.Mail{Copy: true}, true, false, true},
		{client.Mail{Copy: true}, false, false, false},
		{client.Mail{Archived: true}, true, false, true},
		{client.Mail{Archived: true}, true, true, false},
	} {
		if got := isDue(c.mail, c.toAccount, c.begins); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestBadMessages(t *testing.T) {
	c := newClient(t, filepath.Join(t.TempDir(), "outbox"))
	for _, bad := range [][3]string{
		{"romeo@", "", "<body>x</body>"}, {"romeo@example.net", "", "<body>"}, {"romeo@example.net", "", "</message><message>"},
		{"romeo@example.net", "", "<body>x</body></message></stream:stream>"}, {"romeo@example.net", "", "<a:b/>"},
		{"romeo@example.net", "", "<body>" + strings.Repeat("x", maxMessage) + "</body>"},
	} {
		if id, err := c.SendPayload(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("%.80s was taken as %s", bad, id)
		}
	}
	if _, err := c.Send("romeo@example.net", ""); err == nil {
		t.Error("a message of nothing was taken")
	}
	if c.out.next() != nil {
		t.Error("something is to be sent")
	}
	if _, err := c.SendPayload("room@example.net", "groupchat", "<body>hello</body><x xmlns='urn:example'><y/></x>"); err != nil {
		t.Error(err)
	}
	const want = " type='groupchat' "
	if m := c.out.next(); !strings.Contains(m.XML, want) || !strings.Contains(m.XML, "<body>hello</body><x xmlns='urn:example'><y/></x><origin-id") {
		t.Errorf("it is %s", m.XML)
	}
}

func TestBadStatesAndConfigurations(t *testing.T) {
	box, err := OpenOutbox(filepath.Join(t.TempDir(), "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	good := Config{JID: "juliet@example.com"}
	for _, state := range []string{"x", `{"Version":2}`, `{}`, `{"Version":1,"Link":{"Device":"AA=="}}`} {
		if _, err := NewClient(&good, []byte(state), silent{}, box); err == nil {
			t.Errorf("the state %s was taken", state)
		}
	}
	for _, bad := range []Config{{}, {JID: "@"}, {JID: "a@b", Transport: "pigeon"}, {JID: "a@b", CA: "x"}} {
		if _, err := NewClient(&bad, nil, silent{}, box); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if err := box.Put("id", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := NewClient(&good, nil, silent{}, box); err == nil {
		t.Error("an outbox of somebody else's was taken")
	}
}

func TestStateIsKept(t *testing.T) {
	c := newClient(t, filepath.Join(t.TempDir(), "outbox"))
	var s saved
	if err := s.read(c.State()); err != nil || s.AgentID != c.saved.AgentID || s.AgentID == "" {
		t.Errorf("%+v is read as %+v: %v", c.saved, s, err)
	}
}

// TestLinkKeysAreKept: all of them, or a phone would come back in more round trips than it has to.
func TestLinkKeysAreKept(t *testing.T) {
	device, err := link.NewKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := client.LinkKeys{
		Device: device, Server: []byte("s"), Expires: time.Unix(1_790_000_000, 0).UTC(), Counter: 7, IDs: []byte("i"), Route: []byte("r"), Over: client.OverTLS, Network: "home",
	}
	for v, i := reflect.ValueOf(keys), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not tried", v.Type().Field(i).Name)
		}
	}
	before, after := saved{Version: stateVersion, Link: keep(keys)}, saved{}
	if err := after.read(before.write()); err != nil {
		t.Fatal(err)
	}
	if got, err := after.link(); err != nil || !reflect.DeepEqual(got, keys) {
		t.Errorf("%+v, not %+v: %v", got, keys, err)
	}
}

func TestOffline(t *testing.T) {
	c := newClient(t, filepath.Join(t.TempDir(), "outbox"))
	if err := c.Subscribe("romeo@example.net"); err != errOffline {
		t.Error(err)
	}
	if _, err := c.History("", "", 1); err != errOffline {
		t.Error(err)
	}
	if err := c.SetPresence("asleep", ""); err == nil {
		t.Error("there is nothing like that to show")
	}
	c.Suspend()
	c.Close(0)
	if err := c.Resume(1); err != errClosed {
		t.Error(err)
	}
}
