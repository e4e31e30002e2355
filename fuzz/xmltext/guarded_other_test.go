//go:build !unix

package xmltext

// guarded returns n bytes. There is no way here to forbid what is around them.
func guarded(n int) (room, all []byte) { return make([]byte, n), nil }

func unguard([]byte) {}
