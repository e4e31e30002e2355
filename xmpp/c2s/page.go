package c2s

import (
	"slices"

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
	if kept {
		s.stream.pages++
	}
	for _, f := range out.Page {
		if kept {
			s.out.kept += int32(f.Size())
			f.Page = s.stream.pages
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
		s.catchUp(out) // who had asked for too much may have been told to wait for this too
		return
	}
	out.More = true
}

// sendResults sends all results that wait, at once.
func (s *Session) sendResults(out *stream.Output) {
	for p := s.pages; p != nil && len(p.results) > 0; {
		s.sendResult(p, out)
	}
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
	switch {
	case r.kept:
		s.sent(s.caughtUp(&r), r.frame)
		return
	case s.stream != nil: // what is not kept may never come: it says nothing of what the client has
		s.sent(0, s.keepInstead(r.frame))
	default:
		s.sent(s.caughtUp(&r), nil)
	}
	r.frame.Release()
}

// forget gives a result back that is not sent.
func (s *Session) forget(r result) {
	if r.kept {
		s.out.kept -= int32(r.frame.Size())
	}
	r.frame.Release()
}

// queueResultsAgain puts those of the results that were not sent and are kept in front of all that waits for the archive, to be sent when the stream is resumed: whole pages, all
// of them or none.
func (s *Session) queueResultsAgain(r *resumable, seen uint64) {
	if s.pages == nil {
		return
	}
	defer s.dropPages()
	bytes := r.queued
	for _, p := range s.pages.results {
		if p.kept {
			bytes += p.frame.Size()
		}
	}
	later := r.queue
	r.queue, r.queued = nil, 0
	for _, p := range s.pages.results {
		f := p.frame
		switch {
		case p.kept && bytes <= maxQueue:
			f.Retain()
		default:
			r.lost = true
			r.tear(f)
			f = r.instead(f)
		}
		if f != nil {
			r.enqueue(held{seen, f})
		}
	}
	for _, h := range later {
		r.enqueue(h)
	}
}

// tear notes that a stanza is not kept: nothing of its page is to come again, for the end of it would hide what is missing (XEP-0313 §4.3.2).
func (r *resumable) tear(f *codec.Frame) {
	if f.Page != 0 && !r.torn(f) {
		r.tears = append(r.tears, f.Page)
	}
}

// torn reports whether a stanza is of a page of which another one was not kept.
func (r *resumable) torn(f *codec.Frame) bool { return f.Page != 0 && slices.Contains(r.tears, f.Page) }

// dropTorn takes what is left of pages that are not whole out of the queue, which has all that is kept: errors are in the places of their ends.
func (r *resumable) dropTorn() {
	if len(r.tears) == 0 {
		return
	}
	queue := r.queue[:0]
	for _, h := range r.queue {
		if torn := h.frame; r.torn(torn) {
			r.queued -= torn.Size()
			if h.frame = r.instead(torn); h.frame != nil {
				r.queued += h.frame.Size()
			}
			torn.Release()
		}
		if h.frame != nil {
			queue = append(queue, h)
		}
	}
	clear(r.queue[len(queue):])
	r.queue, r.tears = queue, nil
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
