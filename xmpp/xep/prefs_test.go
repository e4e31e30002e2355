package xep_test

import (
	"testing"

	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

func TestPrefs(t *testing.T) { dialogue(t, "prefs") }

func TestPrefsLimit(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/prefs_limits.txt", server(xep.Config{Archive: xep.ArchiveLimits{Preferences: 2}}), *xep.Rewrite)
}

func TestHidden(t *testing.T) { dialogue(t, "hidden") }

// TestMetadataLimit: what metadata may look through is bounded, like queries.
func TestMetadataLimit(t *testing.T) {
	xmpptest.RunFiles(t, "testdata/hidden_limits.txt", server(xep.Config{Archive: xep.ArchiveLimits{Scan: 1}}), *xep.Rewrite)
}
