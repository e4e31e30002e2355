package stanza_test

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// quotes makes attributes comparable, whatever quotes they have.
func quotes(s string) string { return strings.ReplaceAll(s, "'", `"`) }

// TestErrorType is RFC 6120 §8.3.3, with the first type where the RFC names two.
func TestErrorType(t *testing.T) {
	for condition, want := range map[atom.Atom]string{
		atom.BadRequest:            "modify",
		atom.Conflict:              "cancel",
		atom.FeatureNotImplemented: "cancel",
		atom.Forbidden:             "auth",
		atom.Gone:                  "cancel",
		atom.InternalServerError:   "cancel",
		atom.ItemNotFound:          "cancel",
		atom.JIDMalformed:          "modify",
		atom.NotAcceptable:         "modify",
		atom.NotAllowed:            "cancel",
		atom.NotAuthorized:         "auth",
		atom.PolicyViolation:       "modify",
		atom.RecipientUnavailable:  "wait",
		atom.Redirect:              "modify",
		atom.RegistrationRequired:  "auth",
		atom.RemoteServerNotFound:  "cancel",
		atom.RemoteServerTimeout:   "wait",
		atom.ResourceConstraint:    "wait",
		atom.ServiceUnavailable:    "cancel",
		atom.SubscriptionRequired:  "auth",
		atom.UndefinedCondition:    "cancel",
		atom.UnexpectedRequest:     "wait",
	} {
		if got := (stanza.Error{Condition: condition}).ErrorType().String(); got != want {
			t.Errorf("%s: %s, want %s", condition, got, want)
		}
	}
}

func TestMayAnswer(t *testing.T) {
	for text, want := range map[string]bool{
		"<message/>":                     true,
		"<message type='error'/>":        false, // RFC 6120 §8.3.1
		"<message type='result'/>":       true,
		"<presence/>":                    true,
		"<presence type='unavailable'/>": true,
		"<presence type='error'/>":       false,
		"<iq type='get'/>":               true,
		"<iq type='set'/>":               true,
		"<iq type='result'/>":            false, // §8.2.3
		"<iq type='error'/>":             false,
		"<iq type='ask'/>":               true,
		"<iq/>":                          true,
	} {
		if got := stanza.MayAnswer(parse(t, text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestBuildError(t *testing.T) {
	const to, from = " to='juliet@example.org'", " from='romeo@example.org/orchard'"
	for _, tt := range []struct {
		text, want string
		err        stanza.Error
	}{
		{
			"<iq type='get' id='1'" + to + from + "><ping xmlns='urn:xmpp:ping'/></iq>",
			`<iq id="1" from="juliet@example.org" to="romeo@example.org/orchard" type="error"><error type="cancel">` +
				`<service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
			stanza.Error{Condition: atom.ServiceUnavailable},
		},
		{
			"<message" + from + "><body>x</body></message>",
			`<message to="romeo@example.org/orchard" type="error"><error type="modify"><bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>` +
				`<text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" xml:lang="en">1 &lt; 2</text></error></message>`,
			stanza.Error{Condition: atom.BadRequest, Text: "1 < 2"},
		},
		{
			"<presence id=''/>",
			`<presence id="" type="error"><error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`,
			stanza.Error{Condition: atom.Forbidden},
		},
	} {
		var b codec.Builder
		if got := text(stanza.BuildError(&b, parse(t, tt.text), tt.err)); quotes(got) != quotes(tt.want) {
			t.Errorf("%s:\n%s, want\n%s", tt.text, got, tt.want)
		}
	}
}

func TestBuildResult(t *testing.T) {
	var b codec.Builder
	e := parse(t, "<iq type='get' id='1' to='example.org' from='romeo@example.org/orchard'><ping xmlns='urn:xmpp:ping'/></iq>")
	const want = `<iq id="1" from="example.org" to="romeo@example.org/orchard" type="result"/>`
	if got := text(stanza.BuildResult(&b, e).Element()); quotes(got) != quotes(want) {
		t.Errorf("%s, want %s", got, want)
	}
}
