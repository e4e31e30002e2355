//go:build unix

package xmltext

import (
	"os"
	"syscall"
)

// guarded returns at least n bytes between two pages that nobody may touch, and what to give to unguard.
func guarded(n int) (room, all []byte) {
	page := os.Getpagesize()
	n = (n + page - 1) / page * page
	all, err := syscall.Mmap(-1, 0, n+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err == nil {
		err = syscall.Mprotect(all[:page], syscall.PROT_NONE)
	}
	if err == nil {
		err = syscall.Mprotect(all[page+n:], syscall.PROT_NONE)
	}
	if err != nil {
		panic("memory between forbidden pages: " + err.Error())
	}
	return all[page : page+n], all
}

func unguard(all []byte) {
	if err := syscall.Munmap(all); err != nil {
		panic("memory between forbidden pages: " + err.Error())
	}
}
