package analysis

import "syscall"

// machineMemory is how much memory the machine has, in bytes; 0 if it cannot be known.
func machineMemory() int64 {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}
