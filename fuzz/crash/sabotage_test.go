package crash

import (
	"os/exec"
	"regexp"
	"testing"
)

// TestSabotage runs TestPowerLoss on builds of the server that break a promise on purpose, and wants it to fail on each, and to name the
// promise. A connection that goes on to be heard when another has its stream does harm only when its last words come late and the power fails behind them: there
// a dialogue has to notice.
func TestSabotage(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short; it builds the server once for each fault")
	}
	for _, c := range []struct{ tag, names string }{
		{"sabotage_early_ack", "acked-lost: "},
		{"sabotage_no_sync", "acked-lost: "},
		{"sabotage_no_dedupe", "doubled: "},
		{"sabotage_deliver_before_commit", "not-durable: |gap: "}, // the archive does not have it yet
		{"sabotage_cursor_early", "undelivered: "},
		{"sabotage_count_outside_batch", "count: "},
		{"sabotage_gap_on_resume", "gap: "},
		{"sabotage_no_fence", "is_taken_over"},
	} {
		t.Run(c.tag, func(t *testing.T) {
			what := []string{"-run", "^TestPowerLoss$", ".", "-losses", "200"}
			if c.tag == "sabotage_no_fence" {
				what = []string{"-run", "^TestDialogues$/^resume$", "../../xmpp/c2s"}
			}
			out, err := exec.Command("go", append([]string{"test", "-count=1", "-tags", c.tag}, what...)...).CombinedOutput()
			if err == nil {
				t.Fatalf("the fault was not noticed:\n%s", out)
			}
			if !regexp.MustCompile(c.names).Match(out) {
				t.Errorf("want %q:\n%s", c.names, out)
			}
		})
	}
}
