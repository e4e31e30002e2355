package figures

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine says where the figures are from.
type Machine struct {
	System, Processor, Go string
	CPUs                  int
	Memory                string
	Load                  string // how many processes wanted a CPU in the minute before, "" where the system does not tell
}

// ThisMachine tells where a benchmark runs, and what else does at this moment.
func ThisMachine() Machine {
	m := Machine{System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), CPUs: runtime.NumCPU(), Load: LoadAverage()}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System += ", Linux " + strings.TrimSpace(string(kernel))
	}
	m.Processor = field("/proc/cpuinfo", "model name")
	var kib int
	if _, err := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%d kB", &kib); err == nil {
		m.Memory = fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
	}
	return m
}

// field returns the first value of that name in a file of lines "name : value".
func field(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// LoadAverage returns how many processes wanted a CPU in the last minute, on the average; "" where the system does not tell.
func LoadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	load, _, _ := strings.Cut(string(text), " ")
	return load
}

// String is the machine in a line.
func (m Machine) String() string {
	s := fmt.Sprintf("%s, %d CPUs", m.System, m.CPUs)
	for _, more := range []string{m.Processor, m.Memory, m.Go} {
		if more != "" {
			s += ", " + more
		}
	}
	if m.Load != "" {
		s += ", load " + m.Load + " before"
	}
	return s
}
