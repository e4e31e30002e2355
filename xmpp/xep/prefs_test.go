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
