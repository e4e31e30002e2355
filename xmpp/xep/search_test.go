package xep_test

import (
	"testing"

	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

func TestSearch(t *testing.T) { dialogue(t, "search") }

// TestSearchLimit is of an account that has one message looked through each second, and twenty at once.
func TestSearchLimit(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/search_limits.txt", server(xep.Config{Archive: xep.ArchiveLimits{Scan: 1}}), *xep.Rewrite)
}
