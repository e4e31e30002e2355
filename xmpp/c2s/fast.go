package c2s

import (
	"errors"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// addFAST offers the mechanisms for tokens (XEP-0484 §3.1). There is no early data in our TLS, so none is offered in it.
func addFAST(b *codec.Builder, names []string) {
	if len(names) == 0 {
		return
	}
	b.Start(atom.NSFAST, atom.Fast)
	for _, name := range names {
		b.Start(atom.NSFAST, atom.Mechanism).Text(name).End()
	}
	b.End()
}

// readFAST reads <fast/> and <request-token/> (XEP-0484 §3.2, §3.4, §3.6).
func (q *request) readFAST(e codec.Element) error {
	switch string(e.LocalName()) {
	case "request-token":
		q.wantToken = string(e.Attr(atom.Mechanism))
	case "fast":
		q.token = new(host.TokenUse)
		invalidate := string(attr(e, "invalidate"))
		q.token.Invalidate = invalidate == "1" || invalidate == "true"
		if count := attr(e, "count"); count != nil {
			n, err := strconv.ParseUint(string(count), 10, 31) // an xs:int
			if err != nil {
				return &sasl.Error{Condition: sasl.MalformedRequest, Reason: "the count of a token is no number"}
			}
			q.token.Counted, q.token.Count = true, n
		}
	}
	return nil
}

// attr returns the value of an attribute without namespace by its name, which need not be in the table; nil when there is none.
func attr(e codec.Element, name string) []byte {
	t, root := e.Tree()
	for i := root + 1; i < t.Nodes[root].End && t.Nodes[i].Kind == codec.KindAttr; i++ {
		if n := &t.Nodes[i]; n.NS == atom.Unknown && n.Decl == 0 && string(t.NodeName(i)) == name {
			return t.NodeValue(i)
		}
	}
	return nil
}

// newExchange begins the exchange that the client asks for. The mechanisms for tokens are there only for who says that he has one (XEP-0484 §3.4).
func (q *request) newExchange(mechanism string, cfg sasl.ServerConfig) (*sasl.Server, error) {
	if !sasl.IsTokenMechanism(mechanism) {
		q.token = nil
		return sasl.NewServer(mechanism, cfg)
	}
	if q.token == nil || q.agent.ID == "" {
		return nil, &sasl.Error{Condition: sasl.MalformedRequest, Reason: "a token without <fast/> or the id of the user-agent"} // §4.1
	}
	q.mechanism = mechanism
	return sasl.NewTokenServer(mechanism, cfg)
}

// checkToken judges the token that the client has: whether it is one was seen by the exchange.
func (x exchange) checkToken(now time.Time) (*host.TokenUse, error) {
	u := *x.request.token
	u.Secret = x.server.Token()
	err := x.host.CheckToken(x.server.Account(), x.request.agent.ID, u, now)
	return &u, tokenError(err)
}

// tokenError says in the words of SASL what is wrong with a token (XEP-0484 §4.2).
func tokenError(err error) error {
	switch {
	case errors.Is(err, host.ErrTokenExpired):
		return &sasl.Error{Condition: sasl.CredentialsExpired, Reason: "the token has expired"}
	case errors.Is(err, host.ErrTokenReplay):
		return &sasl.Error{Condition: sasl.NotAuthorized, Reason: "the count of the token has come before"}
	case errors.Is(err, host.ErrChanged):
		return &sasl.Error{Condition: sasl.NotAuthorized, Reason: "the token is gone"}
	}
	return err
}

// addToken gives the client its new token (XEP-0484 §3.3).
func addToken(b *codec.Builder, t host.Token) {
	if t.Secret != "" {
		b.Start(atom.NSFAST, atom.Token).Attr(atom.Expiry, t.Expires.UTC().Format(time.RFC3339)).Attr(atom.Token, t.Secret).End()
	}
}
