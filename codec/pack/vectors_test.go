package pack_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the frames of testdata/vectors.txt anew")

// The vectors are two sessions of a client and a server of example.org, each begun by an empty line: on every line the direction, an item with its length, and the frame that it becomes alone, in hexadecimal.
func TestVectors(t *testing.T) {
	const file = "testdata/vectors.txt"
	p, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	road, n := newRoad(), 0
	lines := strings.Split(string(p), "\n")
	for i, line := range lines {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] == "#" {
			road = newRoad()
			continue
		}
		up := f[0] == "up"
		b, err := hex.DecodeString(f[1])
		if err != nil {
			t.Fatalf("%s:%d: %v", file, i+1, err)
		}
		frame := road.pack(up, []item{{up, b}})
		if want := fmt.Sprintf("%s %s %x", f[0], f[1], frame); *rewrite {
			lines[i] = want
		} else if line != want {
			t.Fatalf("%s:%d: the frame is %x", file, i+1, frame)
		}
		if got, err := road.unpack(up, frame, 1<<16); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%s:%d: became %x, %v", file, i+1, got, err)
		}
		n++
	}
	if n < 100 {
		t.Errorf("%d vectors", n)
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
