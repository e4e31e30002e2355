package crash

import (
	"bytes"
	"os/exec"
	"testing"
)

// TestSabotage runs TestPowerLoss on builds of the server that break a promise on purpose, and wants it to fail on each, and to name the
// promise.
func TestSabotage(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short; it builds the server once for each fault")
	}
	for _, c := range []struct{ tag, promise string }{
		{"sabotage_early_ack", "acked-lost"},
		{"sabotage_no_sync", "acked-lost"},
		{"sabotage_no_dedupe", "doubled"},
		{"sabotage_deliver_before_commit", "not-durable"},
		{"sabotage_cursor_early", "undelivered"},
		{"sabotage_count_outside_batch", "count"},
		{"sabotage_gap_on_resume", "gap"},
	} {
		t.Run(c.tag, func(t *testing.T) {
			out, err := exec.Command("go", "test", "-count=1", "-tags", c.tag, "-run", "^TestPowerLoss$", ".", "-losses", "100").CombinedOutput()
			if err == nil {
				t.Fatalf("the fault was not noticed in 100 power losses:\n%s", out)
			}
			if !bytes.Contains(out, []byte(c.promise+": ")) {
				t.Errorf("want %q among the violations:\n%s", c.promise, out)
			}
		})
	}
}
