package plane

import "os"

// Window is the most bytes that one Planes describes. With the planes it fits into the first cache beside what else a loop touches.
const Window = 8192

// stride is the length of a plane in words: the window, the sentinel, and one more for a Load of the last bits.
const stride = Window/64 + 2

// Planes holds the bits of up to Window bytes. It belongs to one goroutine.
type Planes struct {
	Value Plane // ' " < & and controls
	Text  Plane // < & ] and controls
}

// Plane is a row of bits. Bit i of the text is bit i%64 of word i/64.
type Plane [stride]uint64

// Classify writes the planes of the first bytes of text, as many as possible up to Window, and returns how many. What stops it is Window, the end
// of text, or a block of 64 bytes in which a character shows to be no UTF-8, or none of XML. See the package comment for the invariants.
func (p *Planes) Classify(text []byte) (n int) {
	if len(text) > Window {
		text = text[:Window]
	}
	if len(text) == 0 {
		p.Value[0], p.Text[0] = ^uint64(0), ^uint64(0)
		return 0
	}
	return classify(kernel, p, text)
}

// Usable reports whether this machine classifies fast enough for planes to be of use.
func Usable() bool { return kernel != None }

// Kernel is a way of classifying.
type Kernel uint8

// The kernels.
const (
	None      Kernel = iota // planes are of no use here
	Reference               // plain Go, for tests
	AVX2
	AVX512
)

// String returns the name as in GODWIT_SIMD.
func (k Kernel) String() string { return kernelNames[k] }

var kernelNames = [...]string{None: "none", Reference: "reference", AVX2: "avx2", AVX512: "avx512"}

// kernel is the one in use.
var kernel = choose()

// Use chooses a kernel, when the machine has it, and returns the one before. It is for tests: nothing may be decoding meanwhile.
func Use(k Kernel) (before Kernel, ok bool) {
	before = kernel
	if k > Reference && k > best() {
		return before, false
	}
	kernel = k
	return before, true
}

// InUse returns the kernel in use.
func InUse() Kernel { return kernel }

func choose() Kernel {
	k := best()
	name := os.Getenv("GODWIT_SIMD")
	for wanted := range Kernel(len(kernelNames)) {
		if name == wanted.String() && wanted <= max(k, Reference) {
			k = wanted
		}
	}
	return k
}
