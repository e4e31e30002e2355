package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// CPU returns the processor time that a process and all its descendants have used, those included that have ended and were waited for. Its resolution is
// 10 ms.
func CPU(pid int) (total time.Duration, err error) {
	for i, p := range Tree(pid) {
		own, err := cpu(p)
		if err != nil && i == 0 {
			return 0, err
		}
		total += own // a descendant may have ended just now
	}
	return total, nil
}

// cpu is that of one process and of its children that have ended.
func cpu(pid int) (time.Duration, error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, err
	}
	var ticks int64
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime of proc(5)
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil // USER_HZ is 100 on every Linux architecture
}

// stat returns the fields of a process's stat behind its name.
func stat(pid int) ([][]byte, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // the name may hold blanks and parentheses
	if len(fields) < 15 {
		return nil, fmt.Errorf("/proc/%d/stat is too short", pid)
	}
	return fields, nil
}

// Tree returns pid and its descendants.
func Tree(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", all[i]))
		for _, t := range tasks {
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", all[i], t.Name()))
			for _, f := range bytes.Fields(text) {
				if child, err := strconv.Atoi(string(f)); err == nil {
					all = append(all, child)
				}
			}
		}
	}
	return all
}

// Threads returns how many threads a process and its descendants have.
func Threads(pid int) (n int) {
	for _, p := range Tree(pid) {
		tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", p))
		n += len(tasks)
	}
	return n
}

// Memory returns the proportional resident bytes (PSS) of a process and its descendants.
func Memory(pid int) (total int64, err error) {
	for i, p := range Tree(pid) {
		own, err := memory(p)
		if err != nil && i == 0 {
			return 0, err
		}
		total += own
	}
	return total, nil
}

func memory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("Pss:")); ok {
			kib, err := strconv.ParseInt(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no Pss in smaps_rollup of %d", pid)
}

// Own returns the processor time that this process has used.
func Own() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
