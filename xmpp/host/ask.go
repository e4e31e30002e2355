package host

import (
	"strconv"
	"sync"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// maxQuestions is how many requests of the server itself are remembered. With one more the older half is forgotten: nobody will answer those.
const maxQuestions = 10_000

// questions are the requests that the server has sent, and whose answers it waits for.
type questions struct {
	mu    sync.Mutex
	open  map[string]question // by id
	order []string            // the ids as they were asked, those that were answered included
	n     uint64              // how many there were
}

type question struct {
	asked  jid.JID // who may answer
	answer func(e codec.Element)
}

// Ask sends a request (IQ set) in the name of an account of the host to a session; payload adds the child. answer is called with the result or
// error, in the Step of the session that answers: e is valid during the call, which must not wait. It is not called when no answer comes. Any goroutine may
// call Ask. It reports whether the session was there.
func (h *Host) Ask(asked router.Target, account jid.JID, payload func(b *codec.Builder), answer func(e codec.Element)) bool {
	id := h.questions.add(question{asked.Session.JID, answer})
	var b codec.Builder
	b.Start(atom.NSClient, atom.IQ).Attr(atom.ID, id).Attr(atom.Type, "set")
	payload(b.Attr(atom.From, account.Bare().String()).Attr(atom.To, asked.Session.JID.String()))
	f := codec.NewFrame()
	defer f.Release()
	f.Encode(h.Router.Encoders[asked.Encoding], b.Element())
	return router.Post([]router.Target{asked}, f) > 0
}

// answered takes an IQ result or error to an account, or to the server. One that answers nothing is ignored (RFC 6120 §10.3.3).
func (h *Host) answered(s *Sender, e codec.Element) {
	if q, ok := h.questions.take(string(e.Attr(atom.ID)), s.Session.JID); ok {
		q.answer(e)
	}
}

// add returns the id of the question. It can be guessed: only who was asked can answer.
func (qs *questions) add(q question) (id string) {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if qs.open == nil {
		qs.open = make(map[string]question)
	}
	if len(qs.order) >= maxQuestions {
		const half = maxQuestions / 2
		for _, old := range qs.order[:half] {
			delete(qs.open, old)
		}
		qs.order = append(qs.order[:0], qs.order[half:]...)
	}
	qs.n++
	id = "n" + strconv.FormatUint(qs.n, 10)
	qs.open[id], qs.order = q, append(qs.order, id)
	return id
}

// take returns the question with that id, if it was put to who.
func (qs *questions) take(id string, who jid.JID) (q question, ok bool) {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if q, ok = qs.open[id]; !ok || q.asked != who {
		return question{}, false
	}
	delete(qs.open, id)
	return q, true
}
