package stream

import (
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// Output collects what a Machine decides in one Step. A shell keeps one per goroutine and resets it between steps.
type Output struct {
	Buf     []byte         // the bytes to write, in order
	Encoder codec.Encoder  // of this connection
	Scratch *codec.Scratch // the shell's; see SendFrame. Holds in.Element's tree during Step
	Count   *Count         // the shell's; nil: nothing is counted

	Jobs      []func() any // work to do elsewhere; each gives a Result
	Searching bool         // the Jobs compute for long
	Timer     time.Time    // when to Tick; zero with TimerSet: no more
	TimerSet  bool
	Limits    *codec.Limits  // for the elements to come, nil: as they are
	Restarted bool           // a new stream header is expected on the same connection
	TLS       bool           // start TLS as the server once Buf is written
	Method    string         // compress from here on, see Compress
	Closing   bool           // write Buf, then close the connection
	Congested bool           // set by the shell before Step: the peer reads slowly, produce nothing that can wait
	More      bool           // the machine has output that can wait: it is given Room, once, when there is nothing else to write
	Known     bool           // the peer has logged in: it leaves the limits for strangers
	Stanzas   int            // stanzas written by Send in this Step: acks count them (XEP-0198 §4)
	Keep      bool           // set by the machine: the stanzas written by Send are kept in Own
	Own       []*codec.Frame // what Keep has kept, in the order of sending; the machine takes the references
	Page      []*codec.Frame // what SendPage was given; the machine takes the references
	// ArchiveFrom and ArchiveTo tell the session that the stanzas of this Step, those in Page included, hold all entries of its account's archive in that stretch; 0: they do not. ArchiveCursor
	// is where the cursor of its device was then.
	ArchiveFrom, ArchiveTo, ArchiveCursor uint64

	builder codec.Builder
}

// Reset makes o ready for another step, keeping memory.
func (o *Output) Reset() {
	clear(o.Jobs)
	clear(o.Own)
	clear(o.Page)
	*o = Output{Buf: o.Buf[:0], Encoder: o.Encoder, Scratch: o.Scratch, Count: o.Count, Jobs: o.Jobs[:0], Own: o.Own[:0], Page: o.Page[:0], builder: o.builder}
}

// Build returns an empty builder for an element to Send. The element is void at the next Build.
func (o *Output) Build() *codec.Builder {
	o.builder.Reset()
	return &o.builder
}

// Send writes a first-level element.
func (o *Output) Send(e codec.Element) {
	kind := stanza.KindOf(e)
	if kind != stanza.None {
		o.Stanzas++
	}
	if o.Count != nil {
		o.Count.sent(kind, e)
	}
	if kind == stanza.None || !o.Keep {
		o.Buf = o.Encoder.AppendElement(o.Buf, e)
		return
	}
	f := codec.NewFrame()
	f.Encode(o.Encoder, e)
	o.Buf = o.Encoder.AppendFrame(o.Buf, f)
	o.Own = append(o.Own, f)
}

// SendHeader writes a stream header with the attributes of e.
func (o *Output) SendHeader(e codec.Element) { o.Buf = o.Encoder.AppendOpen(o.Buf, e) }

// SendFooter writes the end of the stream.
func (o *Output) SendFooter() { o.Buf = o.Encoder.AppendClose(o.Buf) }

// SendFrame writes the stanza of f, which must hold the connection's encoding. It does not release f.
func (o *Output) SendFrame(f *codec.Frame) {
	if o.Count != nil {
		o.Count.passed(f.Name)
	}
	o.Buf = o.Encoder.AppendFrame(o.Buf, f)
}

// SendPage has the machine send the stanza of f, which one of its jobs has made, when nothing more urgent is to be sent: those given to it leave in their order, and
// what else is sent may overtake them. It does not release f.
func (o *Output) SendPage(f *codec.Frame) { o.Page = append(o.Page, f.Retain()) }

// Do runs job on another goroutine; what it returns comes back as a Result. Until then nothing is decoded for the machine.
// A job must not touch the machine, nor elements or slices of the Step that made it.
func (o *Output) Do(job func() any) { o.Jobs = append(o.Jobs, job) }

// Search is Do for a job that may compute for long, as a search of an archive does: few of these run at once, so that they leave room for all else.
func (o *Output) Search(job func() any) {
	o.Searching = true
	o.Do(job)
}

// SetTimer asks for a Tick at t, instead of the time set before; the zero time asks for none.
func (o *Output) SetTimer(t time.Time) { o.Timer, o.TimerSet = t, true }

// Restart makes the decoder expect a new stream header (RFC 6120 §4.3.3).
func (o *Output) Restart() { o.Restarted = true }

// StartTLS makes the shell negotiate TLS after the bytes in Buf are written; Secured or Closed follows.
func (o *Output) StartTLS() { o.TLS = true }

// Compress makes the shell compress, by the method of that name (XEP-0138), what is sent after the bytes in Buf, and decompress what comes after the
// element of this Step. A new header is expected on both sides: Restart is to be called too.
func (o *Output) Compress(method string) { o.Method = method }

// SetLimits bounds the elements to come.
func (o *Output) SetLimits(l *codec.Limits) { o.Limits = l }

// LoggedIn tells the shell that the peer is no stranger any more: the limits and deadlines of the time before authentication end.
func (o *Output) LoggedIn() { o.Known = true }

// Close closes the connection once everything is written.
func (o *Output) Close() { o.Closing = true }
