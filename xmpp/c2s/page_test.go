package c2s_test

import (
	"encoding/xml"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

var pageSeed = flag.Uint64("c2s.pages", 1, "the first seed of TestPagesOverEverything")

// reader is alice's client and its network, in TestPagesOverEverything: what it has must be whole and in order, whatever happens to its connections.
type reader struct {
	t       *testing.T
	w       *world
	rng     *rand.Rand
	seed    uint64
	end     *end
	id      string // of the stream
	results []any  // of jobs, to be given to the session
	more    bool   // it is owed a Room
	slow    bool
	wire    []string // written, not received

	h     uint32          // stanzas received
	mail  map[int]int     // messages that came as such, how often
	last  int             // of them, the last
	notes int             // the last note that came
	pages map[string]page // by their ids
	asked int
	sent  int  // messages to alice
	said  int  // notes to her
	fresh bool // it has not become available

	mailed  []int        // notes that are in a mailbox
	waiting []int        // notes that were taken from one, and no message since
	between map[int]span // of each note that was sent since it has become available
	behind  int          // what has come is behind all messages up to that one
}

// span says where among the messages a note may come: behind all up to first, and before those behind last.
type span struct{ first, last int }

// page is what has come of a page.
type page struct {
	size, got int
	fin       bool
	broken    bool // a result is missing
	given     bool // the session has it
	failed    bool // the client was told that it does not come
}

// TestPagesOverEverything: a client asks for pages of its archive while messages and notes come, reads slowly, acks or does not, loses its connection in the midst of
// everything, and has its stream resumed. Messages and notes come once, in the order in which they were sent; of a page all results come once, in their order, before its end, or the end does not come, and an error does.
func TestPagesOverEverything(t *testing.T) {
	runs := 150
	if testing.Short() {
		runs = 20
	}
	for i := range uint64(runs) {
		r := newReader(t, *pageSeed+i)
		for range 150 {
			r.act()
		}
		r.finish()
		if t.Failed() {
			return
		}
	}
}

func newReader(t *testing.T, seed uint64) *reader {
	w := resumableWorld(t)
	r := &reader{t: t, w: w, rng: rand.New(rand.NewPCG(seed, 1)), seed: seed, mail: make(map[int]int), between: make(map[int]span), pages: make(map[string]page)}
	r.end = &end{mail: make(chan stream.Mail, 1024), decoder: xmltext.NewDecoder(&codec.DefaultLimits)}
	r.end.out.Encoder = xmltext.Encoder{}
	r.end.machine = w.srv.NewBound(w.host, jid.MustParse("alice@localhost/a"), r.end, codec.XML)
	open := xmltext.Encoder{}.AppendOpen(nil, new(codec.Builder).Start(atom.NSStreams, atom.Stream).Element())
	_, _, err := r.end.decoder.Decode(open, &r.end.scratch)
	must(t, err)
	r.send(enableResume)
	r.drain()
	r.id = idForm.FindStringSubmatch(strings.Join(r.wire, ""))[1]
	r.wire, r.fresh = nil, true
	return r
}

// act does something.
func (r *reader) act() {
	switch n := r.rng.IntN(100); {
	case n < 18:
		r.sent++
		r.post(fmt.Sprintf("m%d %s", r.sent, strings.Repeat("x", r.rng.IntN(3000))))
	case n < 26:
		r.say()
	case n < 34:
		r.ask()
	case n < 52:
		r.deliver()
	case n < 62:
		r.give()
	case n < 76:
		r.room()
	case n < 86:
		r.receive(r.rng.IntN(20))
	case n < 90:
		r.slow = !r.slow
		if !r.slow {
			r.step(stream.Input{Kind: stream.Drained})
		}
	case n < 92 && r.fresh && len(r.results) == 0:
		r.fresh = false
		r.send("<presence/>")
	case n < 96:
		r.ack()
	case n < 99:
		r.cut()
	}
}

// post sends alice a message, and waits until it is in her archive.
func (r *reader) post(body string) {
	err := r.w.host.Store.Do(r.t.Context(), func(*store.Tx) error { return nil })
	must(r.t, err)
	bob := r.w.join(r.t, fmt.Sprintf("bob@localhost/%d", r.rng.Uint64()), codec.XML)
	bob.feed(message("alice@localhost", body))
	must(r.t, r.w.host.Store.Do(r.t.Context(), func(*store.Tx) error { return nil }))
	bob.close()
}

// say sends her something that is not archived.
func (r *reader) say() {
	r.said++
	if !r.fresh {
		r.between[r.said] = span{r.sent, r.sent}
		r.mailed = append(r.mailed, r.said)
	}
	r.w.host.Router.DeliverTo(jid.MustParse("alice@localhost/a"), note(fmt.Sprintf("n%d", r.said)))
}

// ask asks for the whole archive, by what the answer of the server would be.
func (r *reader) ask() {
	if len(r.results) > 0 || r.end == nil || len(r.pages) > 30 {
		return
	}
	r.asked++
	id, n := fmt.Sprintf("q%d", r.asked), r.sent
	r.pages[id] = page{size: n}
	cursor, err := r.w.host.Store.Cursor(jid.MustParse("alice@localhost"), "")
	must(r.t, err)
	size := r.rng.IntN(2500)
	r.results = append(r.results, host.Continuation(func(out *stream.Output, _ time.Time) {
		for i := 1; i <= n; i++ {
			f := encoded(fmt.Sprintf("r%d %s %s", i, id, strings.Repeat("x", size)), xmltext.Encoder{})
			out.SendPage(f)
			f.Release()
		}
		var b codec.Builder
		f := codec.NewFrame()
		b.Start(atom.NSClient, atom.IQ).Attr(atom.ID, id).Attr(atom.Type, "result").Start(atom.NSClient, atom.Body).Text("fin " + id).End()
		f.Encode(xmltext.Encoder{}, b.Element())
		out.SendPage(f)
		f.Release()
		p := r.pages[id]
		p.given = true
		r.pages[id] = p
		if n > 0 {
			out.ArchiveFrom, out.ArchiveTo, out.ArchiveCursor = 1, uint64(n), cursor
		}
	}))
}

// step gives the session an input.
func (r *reader) step(in stream.Input) { r.stepOf(r.end, in) }

func (r *reader) stepOf(e *end, in stream.Input) {
	in.Now = now
	e.out.Reset()
	e.out.Congested = r.slow && e == r.end
	e.machine.Step(&in, &e.out)
	wire := elements(r.t, string(e.out.Buf))
	jobs, more, closing := slices.Clone(e.out.Jobs), e.out.More, e.out.Closing
	for _, job := range jobs {
		if result := job(); e == r.end {
			r.results = append(r.results, result)
			r.overtaken(result)
		}
	}
	if e != r.end {
		return
	}
	r.wire = append(r.wire, wire...)
	r.more = r.more || more
	if closing {
		r.t.Fatalf("seed %d: closed: %s", r.seed, r.wire[len(r.wire)-1])
	}
}

// overtaken notes that a page of the archive was read, which may have what was sent behind notes, and has not come as mail.
func (r *reader) overtaken(result any) {
	if fmt.Sprintf("%T", result) != "c2s.pageResult" {
		return
	}
	for _, n := range slices.Concat(r.mailed, r.waiting) {
		r.between[n] = span{r.between[n].first, r.sent}
	}
}

// send sends an element of the client's.
func (r *reader) send(text string) {
	for len(r.results) > 0 {
		r.give()
	}
	_, _, err := r.end.decoder.Decode([]byte(text), &r.end.scratch)
	must(r.t, err)
	r.step(stream.Input{Kind: stream.Element, Element: r.end.scratch.Tree.Root()})
}

func (r *reader) give() {
	if len(r.results) > 0 {
		result := r.results[0]
		r.results = r.results[1:]
		r.step(stream.Input{Kind: stream.Result, Result: result})
	}
}

func (r *reader) deliver() {
	if len(r.end.mail) > 0 {
		r.deliverTo(r.end)
	}
}

func (r *reader) deliverTo(e *end) {
	m := <-e.mail
	r.mailTaken(m.Frame)
	r.stepOf(e, stream.Input{Kind: stream.Delivery, Mail: m})
	if m.Frame != nil {
		m.Frame.Release()
	}
}

// mailTaken notes that a session takes mail.
func (r *reader) mailTaken(f *codec.Frame) {
	switch {
	case f == nil:
	case f.ID != 0:
		r.waiting = nil
	default:
		text, _, _ := f.Parts(codec.XML)
		b := takenForm.FindSubmatch(text)
		if b == nil || len(r.mailed) == 0 || string(b[2]) != fmt.Sprint(r.mailed[0]) {
			return // of a time when the client was not available
		}
		r.waiting, r.mailed = append(r.waiting, r.mailed[0]), r.mailed[1:]
	}
}

func (r *reader) room() {
	if r.more && !r.slow {
		r.more = false
		r.step(stream.Input{Kind: stream.Room})
	}
}

// ack tells the server what the client has.
func (r *reader) ack() { r.send(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", r.h)) }

// drain lets all happen that is due.
func (r *reader) drain() {
	for len(r.results) > 0 || len(r.end.mail) > 0 || r.more && !r.slow {
		r.give()
		r.deliver()
		r.room()
	}
}

// cut ends the connection, which the server may not see before the stream is resumed on the next one.
func (r *reader) cut() {
	gone, sees := r.end, r.rng.IntN(3)
	if sees == 0 {
		r.close(gone)
		for range r.rng.IntN(3) {
			r.say()
		}
		r.waiting, r.mailed = slices.Concat(r.waiting, r.mailed), nil // the stream has them
	}
	next := r.w.login(r.t, "alice@localhost")
	r.end, r.wire, r.results, r.more, r.slow = next, nil, nil, false, false
	_, _, err := next.decoder.Decode([]byte(resumption(r.id, r.h)), &next.scratch)
	must(r.t, err)
	r.step(stream.Input{Kind: stream.Element, Element: next.scratch.Tree.Root()}) // claims it
	if sees > 0 {
		if r.rng.IntN(2) == 0 {
			r.stepOf(gone, stream.Input{Kind: stream.Room})
		}
		for len(gone.mail) > 0 {
			r.deliverTo(gone)
		}
		r.close(gone)
	}
	r.give()
	if len(r.wire) == 0 || !strings.Contains(r.wire[0], "<resumed ") {
		r.t.Fatalf("seed %d: not resumed: %q", r.seed, r.wire)
	}
}

func (r *reader) close(e *end) {
	for len(e.mail) > 0 { // the shell gives it what is in its mailbox
		r.deliverTo(e)
	}
	for _, job := range e.close() {
		job()
	}
}

// receive takes stanzas off the wire.
func (r *reader) receive(n int) {
	for range min(n, len(r.wire)) {
		text := r.wire[0]
		r.wire = r.wire[1:]
		switch {
		case strings.HasPrefix(text, "<message"), strings.HasPrefix(text, "<presence"), strings.HasPrefix(text, "<iq"):
			r.h++
			r.take(text)
		case strings.HasPrefix(text, "<r ") && r.rng.IntN(2) == 0:
			defer r.ack()
		}
	}
}

var failedForm = regexp.MustCompile(`<iq id='(q\d+)' type='error'>`)

var takenForm = regexp.MustCompile(`<body>([a-z]+)(\d*) ?(\w*)`)

func (r *reader) take(text string) {
	if m := failedForm.FindStringSubmatch(text); m != nil {
		p := r.pages[m[1]]
		if p.fin || p.failed {
			r.t.Errorf("seed %d: %s is answered twice", r.seed, m[1])
		}
		p.failed = true
		r.pages[m[1]] = p
	}
	m := takenForm.FindStringSubmatch(text)
	if m == nil {
		return
	}
	n, _ := strconv.Atoi(m[2])
	switch p := r.pages[m[3]]; m[1] {
	case "m":
		if n != r.last+1 && !(r.last == 0 && len(r.mail) == 0) {
			r.t.Errorf("seed %d: message %d behind %d", r.seed, n, r.last)
		}
		if n <= r.behind && n > r.complete() { // what came in a page may come again
			r.t.Errorf("seed %d: message %d behind a note that was sent later", r.seed, n)
		}
		r.last = n
		r.mail[n]++
	case "n":
		if n <= r.notes { // one may be missing: there is room for some only
			r.t.Errorf("seed %d: note %d behind %d", r.seed, n, r.notes)
		}
		r.notes = n
		if at, ok := r.between[n]; ok {
			if r.last > at.last {
				r.t.Errorf("seed %d: note %d behind message %d, and was sent before %d", r.seed, n, r.last, at.last+1)
			}
			r.behind = max(r.behind, at.first)
		}
	case "r":
		if n <= p.got || p.fin {
			r.t.Errorf("seed %d: result %d of %s behind %d", r.seed, n, m[3], p.got)
		}
		p.broken = p.broken || n != p.got+1
		p.got = n
		r.pages[m[3]] = p
	case "fin":
		if p.fin || p.failed || p.broken || p.got != p.size {
			r.t.Errorf("seed %d: the end of %s behind %d of %d results, %+v", r.seed, m[3], p.got, p.size, p)
		}
		p.fin = true
		r.pages[m[3]] = p
	}
}

// finish lets all come to rest and looks whether all has come.
func (r *reader) finish() {
	if r.slow = false; r.end != nil {
		r.step(stream.Input{Kind: stream.Drained})
	}
	for range 10 {
		r.drain()
		r.receive(len(r.wire))
		r.ack()
	}
	if r.fresh {
		r.send("<presence/>")
	}
	for range 10 {
		r.drain()
		r.receive(len(r.wire))
		r.ack()
	}
	for id, p := range r.pages {
		if p.given && !p.fin && !p.failed {
			r.t.Errorf("seed %d: %s is not answered", r.seed, id)
		}
	}
	complete := r.complete()
	for i := 1; i <= r.sent; i++ {
		if r.mail[i] == 0 && i > complete || r.mail[i] > 1 {
			r.t.Errorf("seed %d: message %d of %d came %d times", r.seed, i, r.sent, r.mail[i])
		}
	}
}

// complete returns up to which message all came in a page.
func (r *reader) complete() (n int) {
	for _, p := range r.pages {
		if p.fin {
			n = max(n, p.size)
		}
	}
	return n
}

// elements cuts what a session has written.
func elements(t *testing.T, text string) (all []string) {
	d := xml.NewDecoder(strings.NewReader("<x>" + text + "</x>"))
	depth, from := 0, int64(0)
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch token.(type) {
		case xml.StartElement:
			if depth++; depth == 2 {
				from = int64(strings.LastIndexByte(("<x>" + text)[:d.InputOffset()], '<'))
			}
		case xml.EndElement:
			if depth--; depth == 1 {
				all = append(all, ("<x>" + text)[from:d.InputOffset()])
			}
		}
	}
	return all
}
