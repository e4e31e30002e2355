package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/config"
)

// TestNobodyWaitsForTheLog: what the log goes to takes nothing. Who logs goes on, the lines for which there is room are kept, and the others are counted.
func TestNobodyWaitsForTheLog(t *testing.T) {
	r, w := io.Pipe()
	log, flush := newLogger(w, config.Default().Log)
	text := strings.Repeat("x", 1000)
	const n = 3 * logRoom / 1000
	for i := range n {
		log.Info("line", "n", i, "text", text)
	}
	var got bytes.Buffer
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(&got, r) })
	flush()
	log.Info("the last")
	flush()
	w.Close()
	reading.Wait()

	kept, left := 0, 0
	lines := strings.Split(strings.TrimSpace(got.String()), "\n")
	for _, line := range lines[:len(lines)-1] {
		if i := strings.Index(line, "lines="); i >= 0 {
			var m int
			if _, err := fmt.Sscanf(line[i:], "lines=%d", &m); err != nil {
				t.Fatal(line)
			}
			left += m
		} else if !strings.Contains(line, fmt.Sprintf("n=%d ", kept+left)) {
			t.Fatalf("after %d lines, and %d left out: %.100s", kept, left, line)
		} else {
			kept++
		}
	}
	if kept+left != n || left == 0 || kept < logRoom/1100 {
		t.Errorf("%d lines, %d left out, of %d", kept, left, n)
	}
	if !strings.Contains(lines[len(lines)-1], "the last") {
		t.Errorf("the last line is %q", lines[len(lines)-1])
	}
}

// TestTheEndDoesNotWaitForTheLogForever: nor does the program hang when nobody reads.
func TestTheEndDoesNotWaitForTheLogForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		log, flush := newLogger(w, config.Default().Log)
		log.Info("line")
		begun := time.Now()
		if flush(); time.Since(begun) != logFarewell {
			t.Errorf("waited %v", time.Since(begun))
		}
		r.Close()
	})
}
