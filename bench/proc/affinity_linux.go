package proc

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// CPUs returns the CPUs that this process may run on.
func CPUs() (cpus []int) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(os.Getpid(), &set) != nil {
		return nil
	}
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			cpus = append(cpus, i)
		}
	}
	return cpus
}

// Start calls start, which starts processes, so that these run on the given CPUs only. With none it just calls start.
func Start(cpus []int, start func() error) (err error) {
	if len(cpus) == 0 {
		return start()
	}
	runtime.LockOSThread() // a process has the CPUs of the thread that makes it
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	if err := unix.SchedSetaffinity(0, setOf(cpus)); err != nil {
		return fmt.Errorf("CPUs %v: %w", cpus, err)
	}
	defer func() {
		if e := unix.SchedSetaffinity(0, &before); err == nil {
			err = e
		}
	}()
	return start()
}

// Pin keeps all threads of a process, and what they start, on the given CPUs.
func Pin(pid int, cpus []int) error {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return err
	}
	for _, t := range tasks {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(tid, setOf(cpus)); err != nil && err != unix.ESRCH {
			return fmt.Errorf("CPUs %v: %w", cpus, err)
		}
	}
	return nil
}

func setOf(cpus []int) *unix.CPUSet {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return &set
}
