package codec

import "github.com/godwit-im/godwit/codec/plane"

// Variable is the environment's variable that chooses the decoder's variant.
const Variable = "GODWIT_SIMD"

// kernel names the variant that the decoder of this process uses, as Variable would.
func kernel() string { return plane.InUse().String() }
