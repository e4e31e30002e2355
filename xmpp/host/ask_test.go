package host

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestQuestions: who was asked answers, and once.
func TestQuestions(t *testing.T) {
	var qs questions
	app, other := jid.MustParse("app@example.org/server"), jid.MustParse("app@example.org/other")
	id := qs.add(question{app, func(codec.Element) {}})
	if _, ok := qs.take(id, other); ok {
		t.Error("somebody else has answered")
	}
	if _, ok := qs.take("n7", app); ok {
		t.Error("what was not asked was answered")
	}
	if _, ok := qs.take(id, app); !ok {
		t.Error("no answer")
	}
	if _, ok := qs.take(id, app); ok {
		t.Error("a second answer")
	}
}

// TestQuestionsAreBounded forgets the older half of too many, and keeps the others.
func TestQuestionsAreBounded(t *testing.T) {
	var qs questions
	app := jid.MustParse("app@example.org/server")
	var ids []string
	for range maxQuestions {
		ids = append(ids, qs.add(question{app, nil}))
	}
	if n := len(qs.open); n != maxQuestions {
		t.Fatalf("%d at the limit", n)
	}
	qs.add(question{app, nil})
	_, old := qs.take(ids[maxQuestions/2-1], app)
	_, young := qs.take(ids[maxQuestions/2], app)
	if n := len(qs.open); n != maxQuestions/2 || old || !young || len(qs.order) != n+1 {
		t.Errorf("%d past the limit, %v %v", n, old, young)
	}
}
