package client

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// newResumable returns a rig whose stream can be resumed.
func newResumable(t testing.TB, cfg Config) *rig {
	cfg.Resume = true
	r := newRig(t, cfg, nil)
	r.m.acks.unacked.keep, r.m.resume.id = true, "s"
	return r
}

// newResuming returns a rig that has asked to go on with the stream.
func newResuming(t *testing.T, resumption *Resumption) *rig {
	r := newRig(t, Config{Resume: true, Resumption: resumption}, nil)
	r.m.acks, r.m.login = acks{}, &login{offersSM: true}
	r.reset()
	r.m.takeUp(&r.out)
	return r
}

func TestCountsGoRoundInAResumption(t *testing.T) {
	r := newResumable(t, Config{})
	r.m.acks.accepted, r.m.acks.received = 1<<32-2, 1<<32-1
	for i := range 4 {
		r.send(fmt.Sprint(i))
	}
	r.hear([]byte(`<message/>`))
	r.hear([]byte(`<message/>`))
	token := r.m.Resumption()
	if token.Received != 1 || token.Accepted != 1<<32-2 || len(token.Sent) != 4 {
		t.Fatalf("%+v", token)
	}
	r = newResuming(t, token)
	r.says(`<resume xmlns='urn:xmpp:sm:3' h='1' previd='s'/>`)
	r.hear([]byte(`<resumed xmlns='urn:xmpp:sm:3' previd='s' h='0'/>`))
	r.says(`<message id='2'/><message id='3'/>` + sayR)
	if got := fmt.Sprint(r.acked); got != "[0 1]" {
		t.Errorf("accepted %s", got)
	}
	r.hear([]byte(`<message/>`))
	r.hear([]byte(sayR))
	r.says(fmt.Sprintf(sayA, 2))
}

func TestHandledGoesRound(t *testing.T) {
	var q queue
	for i := range uint32(3) {
		q.push(item{stanza: new(Stanza), before: 1<<32 - 2 + i})
	}
	for i := range uint32(3) {
		if got, want := q.handled(1), 1<<32-2+i; got != want {
			t.Errorf("%d are handled, want %d", got, want)
		}
		q.pop()
	}
	if got := q.handled(1); got != 1 {
		t.Errorf("%d are handled, want 1", got)
	}
}

func TestResumptionOfOthers(t *testing.T) {
	for _, test := range []struct {
		r    Resumption
		want string
	}{
		{Resumption{ID: "s", Address: "juliet@example.com/balcony"}, ""},
		{Resumption{ID: "s", Address: "juliet@example.com"}, "is none of juliet@example.com"},
		{Resumption{ID: "s", Address: "romeo@example.com/balcony"}, "is none of juliet@example.com"},
		{Resumption{ID: "s", Address: "@"}, "the resumption"},
		{Resumption{Address: "juliet@example.com/balcony"}, "has no name"},
	} {
		_, err := NewMachine(&Config{JID: jid.MustParse("juliet@example.com"), Resumption: &test.r}, nil)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: %v", test.r, err)
		}
	}
}

func TestResumptionThatIsNoXML(t *testing.T) {
	r := newResuming(t, &Resumption{ID: "s", Address: "juliet@example.com/balcony", Sent: []SentStanza{{XML: "<message>"}}})
	r.hear([]byte(`<resumed xmlns='urn:xmpp:sm:3' previd='s' h='0'/>`))
	if err := r.m.Err(); err == nil || !strings.Contains(err.Error(), "the resumption") || !r.out.Closing {
		t.Errorf("the error is %v", err)
	}
}

// TestAnswersAreNotKeptForEver has others ask without end while the server acks nothing.
func TestAnswersAreNotKeptForEver(t *testing.T) {
	r := newResumable(t, Config{KeepBytes: 1000})
	ping := []byte(`<iq type='get' id='p' from='example.com'><ping xmlns='urn:xmpp:ping'/></iq>`)
	for range 100 {
		r.hear(ping)
	}
	if n := r.m.Kept(); n > 3000 {
		t.Errorf("%d bytes are kept", n)
	}
	token := r.m.Resumption()
	r = newResuming(t, token)
	r.hear([]byte(`<resumed xmlns='urn:xmpp:sm:3' previd='s' h='1'/>`))
	sent := strings.Count(string(r.out.Buf), "<iq ")
	if sent == 0 || sent != r.m.Unacked() {
		t.Errorf("%d answers are sent again, %d are waited for", sent, r.m.Unacked())
	}
}

func TestFramesAreKept(t *testing.T) {
	r := newResumable(t, Config{})
	f := codec.NewFrame()
	defer f.Release()
	var b codec.Builder
	f.Encode(xmltext.Encoder{}, b.Start(atom.NSClient, atom.Message).Attr(atom.ID, "1").Element())
	r.step(stream.Input{Kind: stream.Delivery, Mail: stream.Mail{Frame: f}})
	if got := r.m.Resumption().Sent; len(got) != 1 || got[0].XML != `<message id='1'></message>` || !got[0].Time.Equal(start) {
		t.Errorf("kept is %+v", got)
	}
}

func TestLocation(t *testing.T) {
	for _, test := range []struct {
		location, address string
		mode              Mode
		want              string
	}{
		{"", "", StartTLS, ""},
		{"a.example.com:9222", "", StartTLS, "a.example.com:9222"},
		{"a.example.com", "", Link, "a.example.com:5299"},
		{"[2001:db8::1]:9222", "", StartTLS, "[2001:db8::1]:9222"},
		{"[2001:db8::1]", "", DirectTLS, "[2001:db8::1]:5223"},
		{"a.example.com:9222", "127.0.0.1:5222", StartTLS, ""}, // ours is the word of somebody who knows
	} {
		c := Config{Mode: test.mode, Address: test.address, Resumption: &Resumption{Location: test.location}}
		if got := c.location(); got != test.want {
			t.Errorf("%q, address %q: %q, want %q", test.location, test.address, got, test.want)
		}
	}
}

func TestDelayedOnce(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	const stamp = `<delay xmlns='urn:xmpp:delay' from='juliet@example.com/x' stamp='2026-01-02T03:04:05.006Z'/>`
	for text, want := range map[string]string{
		`<message id='1'/>`:                      `<message id='1'/>`,
		`<message><body>a</body></message>`:      `<message><body>a</body>` + stamp + `</message>`,
		`<message>` + stamp + `</message>`:       `<message>` + stamp + `</message>`,
		`<presence type='subscribe'></presence>`: `<presence type='subscribe'></presence>`,
	} {
		if got := string(delayed([]byte(text), "juliet@example.com/x", at)); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}
