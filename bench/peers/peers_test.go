package peers_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/bench/peers"
)

// build builds the peers, or skips the test when something for it is missing.
func build(t *testing.T) (paths []string) {
	t.Helper()
	folder := t.TempDir()
	out, err := exec.Command("bash", "build.sh", "--no-install", folder).CombinedOutput()
	var exit *exec.ExitError
	if errors.Is(err, exec.ErrNotFound) || errors.As(err, &exit) && (exit.ExitCode() == 3 || exit.ExitCode() == 127) {
		t.Skipf("the peers cannot be built here: %s (%v)", bytes.TrimSpace(out), err)
	}
	if err != nil || bytes.Contains(out, []byte("warning")) {
		t.Fatalf("%v\n%s", err, out)
	}
	paths, err = peers.Find(folder)
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestPeersCountAndRefuse(t *testing.T) {
	const open = "<?xml version='1.0'?><s xmlns='urn:a' xmlns:p='urn:b'>"
	for _, path := range build(t) {
		run := func(stream, ends, piece string) (out string, err error) {
			folder := t.TempDir()
			for name, text := range map[string]string{"stream": stream, "ends": ends} {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b, err := exec.Command(path, filepath.Join(folder, "stream"), filepath.Join(folder, "ends"), piece, "2").CombinedOutput()
			return string(b), err
		}
		good := open + "<m a='1' p:b='&amp;' xmlns:q='urn:q'>x&lt;<![CDATA[<y>]]></m><q p:c=''><r/></q></s>"
		want := `"Counts":{"Elements":4,"Attributes":3,"Text":5,"Stanzas":2}}`
		for _, piece := range []string{"1", "7", "1000"} {
			if out, err := run(good, "", piece); err != nil || !strings.Contains(out, want) {
				t.Errorf("%s, pieces of %s: %v, %s, want %s", path, piece, err, out, want)
			}
		}
		if out, err := run(good, fmt.Sprintf("%d\n%d\n", len(open), len(good)), "0"); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s, header and the rest: %v, %s, want %s", path, err, out, want)
		}
		for _, ends := range []string{"", "1\n", fmt.Sprintf("9\n8\n%d\n", len(good)), fmt.Sprintf("%d\n", len(good)+1)} {
			if out, err := run(good, ends, "0"); err == nil {
				t.Errorf("%s takes the ends %q: %s", path, ends, out)
			}
		}
		for what, body := range map[string]string{
			"a duplicate attribute":  "<m a='' a=''/>",
			"the same by namespace":  "<m p:a='' o:a='' xmlns:o='urn:b'/>",
			"an undeclared prefix":   "<o:m/>",
			"another end tag":        "<m></n>",
			"a control character":    "<m>\x01</m>",
			"bytes that are no text": "<m>\xff</m>",
			"< in a value":           "<m a='<'/>",
			"]]>":                    "<m>]]></m>",
			"an unfinished stream":   "<m>",
		} {
			if out, err := run(open+body+"</s>", "", "1000"); err == nil {
				t.Errorf("%s takes %s: %s", path, what, out)
			}
		}
	}
}

func TestFindSaysHowToBuild(t *testing.T) {
	folder := t.TempDir()
	if _, err := peers.Find(folder); err == nil || !strings.Contains(err.Error(), "bench/peers/build.sh "+folder) {
		t.Errorf("nothing built: %v", err)
	}
	for _, name := range peers.Names {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := peers.Find(folder); err == nil || !strings.Contains(err.Error(), "is no program") {
		t.Errorf("files that are no programs: %v", err)
	}
}
