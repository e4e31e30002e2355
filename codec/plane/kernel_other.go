//go:build !amd64 || purego

package plane

// best returns the fastest kernel of this machine.
func best() Kernel { return None }

// classify has kernel k classify text.
func classify(_ Kernel, p *Planes, text []byte) (n int) { return reference(p, text) }
