//go:build amd64 && !purego

package plane

import "golang.org/x/sys/cpu"

// best returns the fastest kernel of this machine.
func best() Kernel {
	switch {
	case cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI && cpu.X86.HasAVX2 && cpu.X86.HasBMI2:
		return AVX512
	case cpu.X86.HasAVX2:
		return AVX2
	}
	return None
}

// classify has kernel k classify text, of which there is something.
func classify(k Kernel, p *Planes, text []byte) (n int) {
	switch k {
	case AVX512:
		return classifyAVX512(&p.Value[0], &text[0], len(text))
	case AVX2:
		return classifyAVX2(&p.Value[0], &text[0], len(text))
	}
	return reference(p, text)
}
