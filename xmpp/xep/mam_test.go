package xep_test

import (
	"testing"

	"github.com/godwit-im/godwit/xmpp/xep"
	"github.com/godwit-im/godwit/xmpp/xmpptest"
)

func TestArchive(t *testing.T) { dialogue(t, "mam") }

func TestArchiveErrors(t *testing.T) { dialogue(t, "mam_errors") }

func TestArchiveCounts(t *testing.T) { dialogue(t, "mam_counts") }

// TestArchiveLimits are those of a page, each at the limit and one past it.
func TestArchiveLimits(t *testing.T) {
	c := xep.Config{Archive: xep.ArchiveLimits{Page: 1, MaxPage: 2, PageBytes: 400, Scan: 3}}
	xmpptest.RunFiles(t, "testdata/mam_limits.txt", server(c), *xep.Rewrite)
}
