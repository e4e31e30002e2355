package c2s

import (
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/stream"
)

const (
	// pieceOfPage is how many bytes of pages are sent at once, and at least a stanza: what else is to be sent waits for no more than that. On the link it fits in a frame.
	pieceOfPage = 4 << 10
	// pieceOfXML is the same for other streams, whose connections have more than that in the kernel before anything waits.
	pieceOfXML = 32 << 10
	// maxPages is how many bytes of pages may wait: with more, no other is asked for.
	maxPages = 512 << 10
)

// pages are what a session sends when nothing more urgent is to be sent, piece by piece: results of archives that the client has asked for (XEP-0313), which live stanzas
// overtake; and what has waited for it in its archive, which others overtake only where order allows (see line). A session that sends none has none.
type pages struct {
	results []result
	bytes   int // of the results
	mail    *host.Page
	next    int // of the frames of mail
}

// result is a stanza of a page of results.
type result struct {
	frame *codec.Frame // with a reference
	kept  bool         // it is to be sent again when the stream is resumed, and counted in outbound.kept
	// What of the archive the client has with this one, see stream.Output.
	archiveFrom, archiveTo, archiveCursor uint64
}

// later returns the session's pages.
func (s *Session) later() *pages {
	if s.pages == nil {
		s.pages = new(pages)
	}
	return s.pages
}

// queueResults takes the page that a request has made. All of it is kept, or nothing, as countOwn has it.
func (s *Session) queueResults(out *stream.Output) {
	p, kept := s.later(), s.stream != nil && s.room(out.Page)
	for _, f := range out.Page {
		if kept {
			s.out.kept += int32(f.Size())
		}
		p.bytes += f.Size()
		p.results = append(p.results, result{frame: f, kept: kept})
	}
	last := &p.results[len(p.results)-1]
	last.archiveFrom, last.archiveTo, last.archiveCursor = out.ArchiveFrom, out.ArchiveTo, out.ArchiveCursor
	out.Page = out.Page[:0]
}

// sendPages sends a piece of what is later. Whoever reads slowly is asked for the rest by the shell, when it has read.
func (s *Session) sendPages(out *stream.Output) {
	p := s.pages
	if p == nil || s.state != bound {
		return
	}
	piece := len(out.Buf) + pieceOfXML
	if s.peer.Link {
		piece = len(out.Buf) + pieceOfPage
	}
	for !out.Congested && len(out.Buf) < piece && s.sendNext(p, out) {
	}
	if p.mail == nil && len(p.results) == 0 {
		s.pages = nil
		return
	}
	out.More = true
}

// sendNext sends the next stanza, and reports whether there was one.
func (s *Session) sendNext(p *pages, out *stream.Output) bool {
	switch {
	case p.mail != nil:
		s.sendMail(p, out)
	case len(p.results) > 0:
		s.sendResult(p, out)
	default:
		return false
	}
	return true
}

// sendResult sends the next result.
func (s *Session) sendResult(p *pages, out *stream.Output) {
	r := p.results[0]
	p.results[0] = result{}
	p.results = p.results[1:]
	p.bytes -= r.frame.Size()
	s.sendWaiting(out)
	if !s.write(r.frame, out) {
		s.forget(r)
		return
	}
	seq := s.caughtUp(&r)
	if r.kept {
		s.sent(seq, r.frame)
		return
	}
	s.sent(seq, nil)
	r.frame.Release()
}

// forget gives a result back that is not sent.
func (s *Session) forget(r result) {
	if r.kept {
		s.out.kept -= int32(r.frame.Size())
	}
	r.frame.Release()
}

// queueResultsAgain puts what is kept of results that were not sent in front of all that waits for the archive, to be sent when the stream is resumed.
func (s *Session) queueResultsAgain(r *resumable, seen uint64) {
	if s.pages == nil {
		return
	}
	defer s.dropPages()
	if len(s.pages.results) == 0 {
		return
	}
	bytes, room := r.queued, true
	for _, p := range s.pages.results {
		bytes += p.frame.Size()
		room = room && p.kept && bytes <= maxQueue
	}
	if !room {
		r.lost = true
		return
	}
	later := r.queue
	r.queue, r.queued = nil, 0
	for _, p := range s.pages.results {
		r.enqueue(held{seen, p.frame.Retain()})
	}
	for _, h := range later {
		r.enqueue(h)
	}
}

// dropPages forgets what was not sent.
func (s *Session) dropPages() {
	p := s.pages
	if s.pages = nil; p == nil {
		return
	}
	for _, r := range p.results {
		s.forget(r)
	}
	if p.mail != nil {
		p.mail.Release()
	}
}
