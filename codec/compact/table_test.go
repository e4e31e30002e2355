package compact_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
)

// TestFormatNamesTheTable: an independent reader compares its table by the hash that FORMAT.md gives.
func TestFormatNamesTheTable(t *testing.T) {
	page, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile("The table now has .*\n")
	want := fmt.Sprintf("The table now has %d words; its hash is `%x`.\n", atom.Count-1, compact.TableHash())
	if got := line.Find(page); string(got) != want {
		if *rewrite {
			err = os.WriteFile("FORMAT.md", line.ReplaceAllLiteral(page, []byte(want)), 0o644)
		}
		t.Errorf("FORMAT.md says %q, want %q; run go test ./codec/compact -rewrite (%v)", got, want, err)
	}
}
