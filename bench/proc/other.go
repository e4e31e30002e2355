//go:build !linux

package proc

import "time"

// CPU returns the processor time of a process and its descendants.
func CPU(int) (time.Duration, error) { return 0, ErrUnsupported }

// Threads returns how many threads a process and its descendants have.
func Threads(int) int { return 0 }

// Memory returns the proportional resident bytes of a process and its descendants.
func Memory(int) (int64, error) { return 0, ErrUnsupported }

// Own returns the processor time of this process.
func Own() time.Duration { return 0 }

// CPUs returns the CPUs that this process may run on.
func CPUs() []int { return nil }

// Start calls start, which starts processes, so that these run on the given CPUs only.
func Start(cpus []int, start func() error) error {
	if len(cpus) > 0 {
		return ErrUnsupported
	}
	return start()
}

// Pin keeps a process on the given CPUs.
func Pin(int, []int) error { return ErrUnsupported }

// Tree returns a process and its descendants.
func Tree(pid int) []int { return []int{pid} }

// Yield gives this process the least priority.
func Yield() error { return ErrUnsupported }
