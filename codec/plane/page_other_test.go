//go:build !unix

package plane

import "testing"

// pageBeforeNothing returns ordinary memory where guard pages are not to be had.
func pageBeforeNothing(*testing.T) []byte { return make([]byte, 4096) }
