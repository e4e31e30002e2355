package idle

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
)

// resident returns the proportional resident bytes of a process.
func resident(pid int) (int64, error) {
	smaps, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(smaps) {
		if rest, ok := bytes.CutPrefix(line, []byte("Pss:")); ok {
			kib, err := strconv.ParseInt(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no Pss in smaps_rollup of %d", pid)
}

// settled returns the resident bytes once they have not fallen by more than 1 % for the time given.
func settled(ctx context.Context, pid int, quiet time.Duration) (int64, error) {
	least, err := resident(pid)
	for since := time.Now(); err == nil && time.Since(since) < quiet; {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Second):
		}
		var now int64
		if now, err = resident(pid); now < least-least/100 {
			least, since = now, time.Now()
		}
	}
	if err != nil {
		return 0, err
	}
	return resident(pid)
}

// cpuTime returns the processor time that a process has used.
func cpuTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(stat, []byte(") ")) // the name may hold spaces
	fields := bytes.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is too short", pid)
	}
	user, err := strconv.ParseInt(string(fields[11]), 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, err // USER_HZ is 100 on every Linux architecture
}
