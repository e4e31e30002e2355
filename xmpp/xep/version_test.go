package xep_test

import (
	"testing"

	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

func TestVersion(t *testing.T) { dialogue(t, "version") }

// TestVersionIsNotTold is for operators who do not tell it.
func TestVersionIsNotTold(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/untold/version.txt", server(xep.Config{}), *xep.Rewrite)
}
