package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Machine is where a figure was measured.
type Machine struct {
	CPU     string `json:"cpu"`
	Cores   int    `json:"cores"`
	RAM     int64  `json:"ram_bytes"`
	Go      string `json:"go"`
	Version string `json:"version"` // of this software: tag or commit
	// LoadBefore and LoadAfter are the one-minute load averages around the run: beyond the cores, others
	// competed for them.
	LoadBefore float64   `json:"load_before"`
	LoadAfter  float64   `json:"load_after"`
	At         time.Time `json:"at"`
}

func thisMachine(version string) Machine {
	m := Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Version: version, LoadBefore: loadAverage(),
		At: time.Now().UTC().Truncate(time.Second)}
	m.CPU = procField("/proc/cpuinfo", "model name")
	kib, _, _ := strings.Cut(procField("/proc/meminfo", "MemTotal"), " ")
	n, _ := strconv.ParseInt(kib, 10, 64) // 0 where it isn't told
	m.RAM = n << 10
	return m
}

func loadAverage() float64 {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), " ")
	f, _ := strconv.ParseFloat(first, 64)
	return f
}

// procField finds "name: value" in a file of /proc; empty where there is none.
func procField(path, name string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if k, v, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// clockTick is the kernel's unit of processor time in /proc, 100 a second on every Linux that matters here.
const clockTick = 10 * time.Millisecond

// cpuTime is the processor time a process has used so far, in user and kernel mode together.
func cpuTime(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseCPU(b)
}

// parseCPU reads utime and stime, fields 14 and 15. The name in field 2 may hold spaces and parentheses.
func parseCPU(stat []byte) (time.Duration, error) {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc stat: %d fields", len(fields))
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * clockTick, err
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memory is what a process holds of the RAM now, and the most it ever held, in bytes.
func memory(pid int) (now, peak int64) {
	read := func(name string) int64 {
		kib, _, _ := strings.Cut(procField(fmt.Sprintf("/proc/%d/status", pid), name), " ")
		n, _ := strconv.ParseInt(kib, 10, 64) // 0 when the process is gone
		return n << 10
	}
	return read("VmRSS"), read("VmHWM")
}

// stores are the folders of a node's home that grow.
var stores = []string{"data", "evm", "ledger", "outbox", "trace/index", "trace/jobs"}

// diskUse is the size of each store of a home in bytes.
func diskUse(home string) map[string]int64 {
	out := make(map[string]int64, len(stores))
	for _, s := range stores {
		var sum int64
		_ = filepath.WalkDir(filepath.Join(home, s), func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil // files come and go while a store is compacted
			}
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
			return nil
		})
		out[s] = sum
	}
	return out
}
