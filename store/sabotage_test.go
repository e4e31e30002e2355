package store

import (
	"os/exec"
	"strings"
	"testing"
)

// TestSabotageIsCaught builds each broken store and runs the crash test on it,
// which must fail: else it would prove nothing about the honest one.
func TestSabotageIsCaught(t *testing.T) {
	if Sabotaged() != "" {
		t.Fatalf("this build is sabotaged (%s); its crash test is expected to fail too", Sabotaged())
	}
	for _, name := range []string{"early_ack", "no_sync", "no_dedupe"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("go", "test", "-vet=off", "-count=1", "-tags", "sabotage_"+name, "-run", "^TestCrash$", ".")
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "VIOLATION") {
				t.Fatalf("not caught: %v\n%s", err, out)
			}
		})
	}
}
