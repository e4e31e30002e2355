package crash

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// sabotageSeeds is how many histories a sabotaged build may get through.
const sabotageSeeds = 100

// TestSabotage runs TestPowerLoss on builds of the server that break a promise on purpose, and wants it to fail on each, and to name the
// promise: the one that the fault breaks, or what follows from it.
func TestSabotage(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short; it builds the server once for each fault")
	}
	for _, c := range []struct {
		tag, names string
		relaxed    bool // it breaks what relaxed durability promises as well: a loss of power doubles nothing, and takes nothing but the end
	}{
		{"sabotage_early_ack", "acked-lost: |not-durable: |gap: ", false},
		{"sabotage_no_sync", "acked-lost: |not-durable: |gap: ", false},
		{"sabotage_no_dedupe", "doubled: ", true},
		{"sabotage_deliver_before_commit", "not-durable: |gap: |undelivered: ", false},
		{"sabotage_cursor_early", "undelivered: |gap: ", true},
		{"sabotage_count_outside_batch", "count: ", false},
		{"sabotage_gap_on_resume", "gap: |undelivered: ", true},
		{"sabotage_no_fence", "unfenced: |count: ", true}, // two connections count on one stream; where old messages are deleted the number may be all that is left to see
	} {
		t.Run(c.tag, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), "crash.test")
			if out, err := exec.Command("go", "test", "-c", "-tags", c.tag, "-o", binary, ".").CombinedOutput(); err != nil {
				t.Fatalf("go test -c: %v\n%s", err, out)
			}
			caught(t, binary, c.names)
			if c.relaxed {
				caught(t, binary, c.names, "-relaxed")
			}
		})
	}
}

// failedSeed is in what TestPowerLoss says of a history that has failed.
var failedSeed = regexp.MustCompile(`again: .* -seed (\d+)`)

// caught wants a sabotaged build to fail, by a violation that names matches.
func caught(t *testing.T, binary, names string, flags ...string) {
	t.Helper()
	all := append([]string{"-test.run", "^TestPowerLoss$", "-test.v", "-seed", "1", "-losses", fmt.Sprint(sabotageSeeds * lossesPerRun)}, flags...)
	out, err := exec.Command(binary, all...).CombinedOutput()
	if err == nil {
		t.Fatalf("the fault was not noticed:\n%s", out)
	}
	found := failedSeed.FindSubmatch(out)
	if found == nil || !regexp.MustCompile(names).Match(out) {
		t.Fatalf("want %q, and the seed:\n%s", names, out)
	}
	t.Logf("caught at seed %s of 1 to %d %v", found[1], sabotageSeeds, flags)
}
