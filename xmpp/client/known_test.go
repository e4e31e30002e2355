package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

func TestNoMechanismIsWeakerThanBefore(t *testing.T) {
	for i, before := range strengths {
		for j, now := range strengths {
			if got := (&Known{Mechanism: before}).holds(now); got != (j <= i) {
				t.Errorf("%s after %s: %v", now, before, got)
			}
		}
	}
	for _, k := range []*Known{nil, {}, {Mechanism: "X-THEIRS"}} {
		if !k.holds("PLAIN") {
			t.Errorf("%+v forbids what it says nothing of", k)
		}
	}
}

func TestAgentID(t *testing.T) {
	id := NewAgentID()
	if !isUUID(id) || id[14] != '4' || !strings.Contains("89ab", id[19:20]) || id == NewAgentID() {
		t.Errorf("%q is no random UUID", id)
	}
	for _, bad := range []string{"phone", strings.ToUpper(id) + "0", id[1:] + "G", strings.ReplaceAll(id, "-", "0"), "D" + id[1:]} {
		if _, err := NewMachine(&Config{JID: jid.MustParse("juliet@example.com"), AgentID: bad}, nil); err == nil || !strings.Contains(err.Error(), "NewAgentID") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestTemporary(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("%w: %w", ErrLost, io.ErrUnexpectedEOF), true},
		{ErrServerClosed, true},
		{fmt.Errorf("client: logging in: %w", context.DeadlineExceeded), true},
		{&StreamError{Condition: "system-shutdown"}, true},
		{&SASLError{Condition: "temporary-auth-failure"}, true},
		{&StreamError{Condition: "conflict"}, false},
		{&SASLError{Condition: "not-authorized"}, false},
		{downgrade("SASL2", "none"), false},
		{ErrProtocol, false},
		{ErrClosed, false},
		{errors.New("anything else"), false},
	} {
		if got := Temporary(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}
