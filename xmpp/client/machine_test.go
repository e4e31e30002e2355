package client

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// start is when the tests' time begins.
var start = time.Unix(1_000_000_000, 0)

// rig runs a Machine by hand: elements in as XML, what it says out as XML, and a clock that stands still.
type rig struct {
	t       testing.TB
	m       *Machine
	out     stream.Output
	scratch codec.Scratch
	dec     codec.Decoder
	now     time.Time
	in      stream.Input

	stanzas int
	acked   []string
	handled func(received uint32) uint32
	ended   error
}

func (r *rig) Bound(jid.JID)           {}
func (r *rig) Stanza(codec.Element)    { r.stanzas++ }
func (r *rig) Acked(id []byte)         { r.acked = append(r.acked, string(id)) }
func (r *rig) Ended(err error)         { r.ended = err }
func (r *rig) Handled(n uint32) uint32 { return r.handled(n) }

// newRig returns a rig whose Machine is bound and has acks on.
func newRig(t testing.TB, cfg Config, app Handler) *rig {
	r := &rig{t: t, now: start, dec: xmltext.NewDecoder(&codec.DefaultLimits), handled: func(n uint32) uint32 { return n }}
	if app == nil {
		app = r
	}
	cfg.JID, cfg.SM = jid.MustParse("juliet@example.com"), true
	m, err := NewMachine(&cfg, app)
	if err != nil {
		t.Fatal(err)
	}
	r.m = m
	m.address = jid.MustParse("juliet@example.com/balcony")
	m.acks.on = true
	m.becomeBound(r.now, &r.out)
	r.dec.Decode([]byte(xmlContext), &r.scratch)
	return r
}

// reset prepares a Step.
func (r *rig) reset() {
	r.out.Reset()
	r.out.Encoder, r.out.Scratch = xmltext.Encoder{}, &r.scratch
}

// hear gives the Machine an element.
func (r *rig) hear(text []byte) {
	_, event, err := r.dec.Decode(text, &r.scratch)
	if err != nil || event != codec.EventElement {
		r.t.Fatalf("%s: %v, %v", text, event, err)
	}
	r.in = stream.Input{Kind: stream.Element, Now: r.now, Element: r.scratch.Tree.Root()}
	r.reset()
	r.m.Step(&r.in, &r.out)
}

// step gives the Machine another input.
func (r *rig) step(in stream.Input) {
	in.Now = r.now
	r.reset()
	r.m.Step(&in, &r.out)
}

// send sends a message.
func (r *rig) send(id string) {
	r.reset()
	e := r.out.Build().Start(atom.NSClient, atom.Message).Attr(atom.ID, id).Element()
	if err := r.m.Send(r.now, &r.out, e); err != nil {
		r.t.Fatal(err)
	}
}

// says checks what the last step has written.
func (r *rig) says(want string) {
	r.t.Helper()
	if got := string(r.out.Buf); got != want {
		r.t.Errorf("\n got %s\nwant %s", got, want)
	}
}

const (
	sayR = `<r xmlns='urn:xmpp:sm:3'/>`
	sayA = `<a xmlns='urn:xmpp:sm:3' h='%d'/>`
)

func TestAskAtTheCount(t *testing.T) {
	r := newRig(t, Config{AckEvery: 3}, nil)
	r.send("1")
	r.says(`<message id='1'/>`)
	r.send("2")
	r.says(`<message id='2'/>`)
	r.send("3")
	r.says(`<message id='3'/>` + sayR)
	r.send("4")
	r.says(`<message id='4'/>`)
}

func TestAskWhenIdle(t *testing.T) {
	r := newRig(t, Config{AckIdle: 5 * time.Second}, nil)
	r.send("1")
	if want := start.Add(5 * time.Second); !r.out.TimerSet || !r.out.Timer.Equal(want) {
		t.Fatalf("the timer is %v, want %v", r.out.Timer, want)
	}
	r.now = r.now.Add(4 * time.Second)
	r.send("2")
	if r.out.TimerSet {
		t.Fatal("the second stanza moves the timer")
	}
	r.now = r.now.Add(time.Second)
	r.step(stream.Input{Kind: stream.Tick})
	r.says(sayR)
	r.step(stream.Input{Kind: stream.Tick})
	r.says("") // it is asked already
	r.hear([]byte(`<a xmlns='urn:xmpp:sm:3' h='2'/>`))
	if r.out.TimerSet {
		t.Fatal("a timer with nothing to ask for")
	}
	r.step(stream.Input{Kind: stream.Tick})
	r.says("")
}

func TestAskAgainAfterPartialAck(t *testing.T) {
	r := newRig(t, Config{AckEvery: 2}, nil)
	r.send("1")
	r.step(stream.Input{Kind: stream.Tick})
	r.send("2")
	r.hear([]byte(`<a xmlns='urn:xmpp:sm:3' h='1'/>`))
	r.step(stream.Input{Kind: stream.Tick})
	r.says(sayR)
	if got := fmt.Sprint(r.acked, r.m.Unacked()); got != "[1] 1" {
		t.Errorf("acked %s", got)
	}
}

func TestCountsGoRound(t *testing.T) {
	r := newRig(t, Config{}, nil)
	r.m.acks.accepted, r.m.acks.received = 1<<32-1, 1<<32-1
	r.send("1")
	r.send("2")
	r.hear([]byte(`<a xmlns='urn:xmpp:sm:3' h='1'/>`))
	if got := fmt.Sprint(r.acked); got != "[1 2]" {
		t.Errorf("acked %s", got)
	}
	r.hear([]byte(`<message/>`))
	r.hear([]byte(sayR))
	r.says(fmt.Sprintf(sayA, 0))
}

func TestAckAtTheLimit(t *testing.T) {
	for _, test := range []struct {
		h  string
		ok bool
	}{{"0", true}, {"2", true}, {"3", false}, {"4294967295", false}, {"4294967296", false}, {"", false}, {"-1", false}, {"x", false}} {
		r := newRig(t, Config{}, nil)
		r.send("1")
		r.send("2")
		r.hear([]byte(`<a xmlns='urn:xmpp:sm:3' h='` + test.h + `'/>`))
		if ok := r.m.Err() == nil; ok != test.ok {
			t.Errorf("h='%s': %v", test.h, r.m.Err())
		}
		if !test.ok && (!errors.Is(r.m.Err(), ErrProtocol) || !r.out.Closing || !strings.Contains(string(r.out.Buf), "<stream:error>")) {
			t.Errorf("h='%s': %v, %s", test.h, r.m.Err(), r.out.Buf)
		}
	}
}

func TestAcksBeforeTheyAreOn(t *testing.T) {
	r := newRig(t, Config{}, nil)
	r.m.acks.on = false
	r.hear([]byte(sayR))
	r.hear([]byte(`<a xmlns='urn:xmpp:sm:3' h='7'/>`))
	r.says("")
	if r.m.Err() != nil {
		t.Error(r.m.Err())
	}
}

func TestAcknowledgeLater(t *testing.T) {
	r := newRig(t, Config{}, nil)
	handled := uint32(0)
	r.handled = func(uint32) uint32 { return handled }
	r.hear([]byte(`<message/>`))
	r.hear([]byte(`<message/>`))
	r.hear([]byte(sayR))
	r.says(fmt.Sprintf(sayA, 0))
	for want := range uint32(3) {
		handled = want
		r.reset()
		r.m.Acknowledge(&r.out)
		if want < 2 {
			r.says("")
			continue
		}
		r.says(fmt.Sprintf(sayA, 2))
	}
	r.reset()
	r.m.Acknowledge(&r.out)
	r.says("") // once
}

func TestDelivery(t *testing.T) {
	r := newRig(t, Config{AckEvery: 1}, nil)
	f := codec.NewFrame()
	defer f.Release()
	var b codec.Builder
	f.Encode(xmltext.Encoder{}, b.Start(atom.NSClient, atom.Message).Attr(atom.ID, "1").Element())
	r.step(stream.Input{Kind: stream.Delivery, Mail: stream.Mail{Frame: f}})
	r.says(`<message id='1'></message>` + sayR) // a frame is left open for stamps
	r.step(stream.Input{Kind: stream.Delivery, Mail: stream.Mail{Note: 1}})
	r.says("")
}

func TestShutdown(t *testing.T) {
	r := newRig(t, Config{}, nil)
	r.step(stream.Input{Kind: stream.Shutdown})
	r.says(fmt.Sprintf(sayA, 0) + `</stream:stream>`)
	if r.out.Closing {
		t.Fatal("the connection is closed before the server has closed its stream")
	}
	r.hear([]byte(`<message/>`))
	r.hear([]byte(`<iq type='get' id='1' from='example.com'><ping xmlns='urn:xmpp:ping'/></iq>`))
	r.says("") // our end is closed
	r.step(stream.Input{Kind: stream.Footer})
	r.says("")
	if !r.out.Closing {
		t.Fatal("the connection stays open")
	}
	r.step(stream.Input{Kind: stream.Closed})
	if r.ended != ErrClosed || r.stanzas != 1 {
		t.Errorf("ended by %v after %d stanzas", r.ended, r.stanzas)
	}
	r.reset()
	e := r.out.Build().Start(atom.NSClient, atom.Message).Element()
	if err := r.m.Send(r.now, &r.out, e); err != ErrClosed {
		t.Errorf("sending after the end: %v", err)
	}
}

func TestUnacked(t *testing.T) {
	r := newRig(t, Config{}, nil)
	for i := range 5 {
		r.send(fmt.Sprint(i))
	}
	r.hear([]byte(`<iq type='get' id='p' from='example.com'><ping xmlns='urn:xmpp:ping'/></iq>`))
	r.hear([]byte(`<a xmlns='urn:xmpp:sm:3' h='2'/>`))
	var ids []string
	r.m.EachUnacked(func(id []byte) { ids = append(ids, string(id)) })
	if got := fmt.Sprint(ids, r.m.Unacked()); got != "[2 3 4] 4" { // and the pong
		t.Error(got)
	}
	for _, test := range []struct {
		ids  []string
		want int
	}{{nil, 4}, {[]string{"2"}, 1}, {[]string{"4", "3"}, 3}, {[]string{"1"}, 0}, {[]string{"1", "3", "never"}, 2}} {
		if got := r.m.position(test.ids); got != test.want {
			t.Errorf("%q: %d to go, want %d", test.ids, got, test.want)
		}
	}
}

func TestRequestErrors(t *testing.T) {
	r := newRig(t, Config{}, nil)
	for _, test := range []struct{ what, want string }{
		{`<message/>`, "must be an IQ"},
		{`<iq type='get' id='1' to='@'/>`, "address of a request"},
		{`<iq type='get' id='1'/>`, ""},
		{`<iq type='get' id='1'/>`, "waits already"},
	} {
		err := eachElement(test.what, func(e codec.Element) error {
			r.reset()
			_, err := r.m.Request(r.now, &r.out, e, func(codec.Element) {})
			return err
		})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", test.what, err)
		}
	}
	r.m.Forget("1")
	r.hear([]byte(`<iq type='result' id='1'/>`))
	if r.stanzas != 1 {
		t.Error("a forgotten request is answered")
	}
}

// idle is an application that does nothing.
type idle struct{}

func (idle) Bound(jid.JID)           {}
func (idle) Stanza(codec.Element)    {}
func (idle) Acked([]byte)            {}
func (idle) Ended(error)             {}
func (idle) Handled(n uint32) uint32 { return n }

// parsed returns the element that text is, to be heard any number of times.
func (r *rig) parsed(text string) codec.Element {
	if _, event, err := r.dec.Decode([]byte(text), &r.scratch); err != nil || event != codec.EventElement {
		r.t.Fatalf("%s: %v, %v", text, event, err)
	}
	return newStanza(r.scratch.Tree.Root()).Element()
}

// hearParsed gives the Machine an element that is parsed already.
func (r *rig) hearParsed(e codec.Element) {
	r.in = stream.Input{Kind: stream.Element, Now: r.now, Element: e}
	r.reset()
	r.m.Step(&r.in, &r.out)
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	const rounds = 100
	r := newRig(t, Config{AckEvery: 2}, idle{})
	message := r.parsed(`<message from='romeo@example.net/orchard' to='juliet@example.com/balcony' type='chat' id='m'><body>Neither</body></message>`)
	ping := r.parsed(`<iq type='get' id='p' from='example.com'><ping xmlns='urn:xmpp:ping'/></iq>`)
	request := r.parsed(sayR)
	var acks []codec.Element
	for i := range 2*rounds + 1 {
		acks = append(acks, r.parsed(fmt.Sprintf(sayA, 3*(i+1))))
	}
	round := func() {
		r.send("some-id-1")
		r.send("some-id-2")
		r.hearParsed(message)
		r.hearParsed(ping)
		r.hearParsed(request)
		r.hearParsed(acks[0])
		acks = acks[1:]
	}
	for range rounds {
		round()
	}
	if n := testing.AllocsPerRun(rounds, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if r.m.Unacked() != 0 || r.m.Err() != nil || len(acks) != 0 {
		t.Errorf("%d unacked, %v", r.m.Unacked(), r.m.Err())
	}
}

func TestSize(t *testing.T) {
	if got, want := unsafe.Sizeof(Machine{}), uintptr(272); got != want {
		t.Errorf("a Machine has %d bytes, not %d", got, want)
	}
	if got, want := unsafe.Sizeof(Conn{}), uintptr(1224); got != want {
		t.Errorf("a Conn has %d bytes, not %d", got, want)
	}
}

func BenchmarkMachine(b *testing.B) {
	message := []byte(`<message from='romeo@example.net/orchard' to='juliet@example.com/balcony' type='chat' id='m'><body>Neither</body></message>`)
	b.Run("send", func(b *testing.B) {
		r := newRig(b, Config{AckEvery: 1 << 30}, idle{})
		b.ReportAllocs()
		for b.Loop() {
			r.send("some-id")
			r.m.acks.unacked.pop()
		}
	})
	b.Run("receive", func(b *testing.B) {
		r := newRig(b, Config{}, idle{})
		b.ReportAllocs()
		for b.Loop() {
			r.hear(message)
		}
	})
	b.Run("copy", func(b *testing.B) {
		r := newRig(b, Config{}, idle{})
		r.hear(message)
		b.ReportAllocs()
		for b.Loop() {
			newStanza(r.in.Element)
		}
	})
}

func TestResumedAllocatesNothing(t *testing.T) {
	const rounds = 100
	r := newRig(t, Config{AckEvery: 1 << 30, Resume: true}, idle{})
	r.m.acks.unacked.keep = true
	ping := r.parsed(`<iq type='get' id='p' from='example.com'><ping xmlns='urn:xmpp:ping'/></iq>`)
	var acks []codec.Element
	for i := range 2*rounds + 1 {
		acks = append(acks, r.parsed(fmt.Sprintf(sayA, 2*(i+1))))
	}
	round := func() {
		r.send("some-id-1")
		r.hearParsed(ping)
		r.hearParsed(acks[0])
		acks = acks[1:]
	}
	for range rounds {
		round()
	}
	if n := testing.AllocsPerRun(rounds, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
