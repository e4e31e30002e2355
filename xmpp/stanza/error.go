package stanza

import (
	"hash/maphash"
	"math/bits"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
)

// Error is a stanza error of RFC 6120 §8.3.
type Error struct {
	Condition atom.Atom // §8.3.3, atom.Unknown means none
	Text      string    // for people, English; may be empty
}

// ErrorType returns the error-type that RFC 6120 §8.3.3 gives the condition.
func (e Error) ErrorType() atom.Atom {
	switch e.Condition {
	case atom.BadRequest, atom.JIDMalformed, atom.NotAcceptable, atom.PolicyViolation, atom.Redirect:
		return atom.Modify
	case atom.Forbidden, atom.NotAuthorized, atom.RegistrationRequired, atom.SubscriptionRequired:
		return atom.Auth
	case atom.RecipientUnavailable, atom.RemoteServerTimeout, atom.ResourceConstraint, atom.UnexpectedRequest:
		return atom.Wait
	}
	return atom.Cancel
}

// MayAnswer reports whether e may get a stanza error: never an error, nor an IQ result (RFC 6120 §8.3.1, §8.2.3).
func MayAnswer(e codec.Element) bool {
	switch t, _ := Type(e); t {
	case atom.Error, atom.Result:
		return false
	}
	return true
}

// BuildError builds the answer to e that says err, from the address that e was sent to. Check MayAnswer before.
func BuildError(b *codec.Builder, e codec.Element, err Error) codec.Element {
	return BuildErrorFor(b, e.Name(), e.Attr(atom.ID), e.Attr(atom.To), e.Attr(atom.From), err)
}

// BuildErrorFor is BuildError for a stanza of which only the name and attributes are left. Empty addresses are left out.
func BuildErrorFor(b *codec.Builder, name atom.Atom, id, to, from []byte, err Error) codec.Element {
	b.Start(atom.NSClient, name).AttrBytes(atom.ID, id).AttrBytes(atom.From, to).AttrBytes(atom.To, from)
	b.Attr(atom.Type, "error")
	AddError(b, err)
	return b.Element()
}

// AddError adds the <error/> child to the open element.
func AddError(b *codec.Builder, err Error) {
	b.Start(atom.NSClient, atom.Error).Attr(atom.Type, err.ErrorType().String())
	b.Start(atom.NSStanzas, err.Condition).End()
	if err.Text != "" {
		b.Start(atom.NSStanzas, atom.Text).Lang("en").Text(err.Text).End()
	}
	b.End()
}

// BuildResult starts the result of the IQ e; the caller adds the payload and takes the Element.
func BuildResult(b *codec.Builder, e codec.Element) *codec.Builder {
	return b.Start(atom.NSClient, atom.IQ).AttrBytes(atom.ID, e.Attr(atom.ID)).
		AttrBytes(atom.From, e.Attr(atom.To)).AttrBytes(atom.To, e.Attr(atom.From)).Attr(atom.Type, "result")
}

// seed is of AnswerKey.
var seed = maphash.MakeSeed()

// AnswerKey returns what tells the requests (IQ get or set) of this process from each other, 2 or more: who has asked, as in their 'from', and their 'id'. Their
// answers have these as 'to' and 'id' (RFC 6120 §8.2.3).
func AnswerKey(who, id []byte) uint64 {
	return (maphash.Bytes(seed, who) ^ bits.RotateLeft64(maphash.Bytes(seed, id), 1)) | 2
}
