package proc

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// child starts a shell that runs script, and ends it and what it has started with the test.
func child(t *testing.T, start func(start func() error) error, script string) *exec.Cmd {
	t.Helper()
	c := exec.Command("sh", "-c", script)
	in, err := c.StdinPipe() // what it reads ends with us
	if err != nil {
		t.Fatal(err)
	}
	if err := start(c.Start); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		for _, pid := range Tree(c.Process.Pid) {
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill()
			}
		}
		_ = c.Wait()
	})
	return c
}

func plainly(start func() error) error { return start() }

// eventually waits for something that another process does.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for start := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(start) > 30*time.Second {
			t.Fatal(what)
		}
	}
}

func TestProcessorTimeIsOfAllDescendants(t *testing.T) {
	c := child(t, plainly, "(while :; do :; done) & read x; kill $!")
	eventually(t, "no time is used", func() bool {
		used, err := CPU(c.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		return used >= 50*time.Millisecond
	})
	if tree := Tree(c.Process.Pid); len(tree) != 2 || tree[0] != c.Process.Pid {
		t.Errorf("%v", tree)
	}
	if n := Threads(c.Process.Pid); n != 2 {
		t.Errorf("%d threads", n)
	}
	own, err := memory(c.Process.Pid)
	all, err2 := Memory(c.Process.Pid)
	if err != nil || err2 != nil || own <= 0 || all <= own {
		t.Errorf("own %d (%v), all %d (%v)", own, err, all, err2)
	}
}

func TestNoSuchProcess(t *testing.T) {
	c := exec.Command("true")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := CPU(c.Process.Pid); err == nil {
		t.Error("processor time of a process that has ended")
	}
	if _, err := Memory(c.Process.Pid); err == nil {
		t.Error("memory of a process that has ended")
	}
}

func TestProcessesStayOnTheirCPUs(t *testing.T) {
	all := CPUs()
	if len(all) < 2 {
		t.Skip("there is one CPU")
	}
	allowed := func(pid int) string {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "Cpus_allowed_list:")
		line, _, _ := strings.Cut(rest, "\n")
		return strings.TrimSpace(line)
	}
	c := child(t, func(start func() error) error { return Start(all[1:2], start) }, "read x")
	if got := allowed(c.Process.Pid); got != strconv.Itoa(all[1]) {
		t.Errorf("started on CPU %d, it may run on %s", all[1], got)
	}
	if now := CPUs(); !slices.Equal(now, all) {
		t.Errorf("we may run on %v now, %v before", now, all)
	}
	if err := Pin(c.Process.Pid, all[:1]); err != nil {
		t.Fatal(err)
	}
	if got := allowed(c.Process.Pid); got != strconv.Itoa(all[0]) {
		t.Errorf("pinned to CPU %d, it may run on %s", all[0], got)
	}
	if err := Start([]int{1000}, func() error { return nil }); err == nil {
		t.Error("there is no CPU 1000")
	}
}

func TestOwnTimeGrows(t *testing.T) {
	before := Own()
	eventually(t, "no time is used", func() bool {
		for start := time.Now(); time.Since(start) < 5*time.Millisecond; {
		}
		return Own() > before
	})
}
