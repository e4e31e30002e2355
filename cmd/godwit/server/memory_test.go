package server

import "testing"

func TestMemoryIsGivenBackWhenABusyTimeIsOver(t *testing.T) {
	var m memoryTidy
	for i, c := range []struct {
		allocated uint64
		due       bool
		what      string
	}{
		{5 << 20, false, "busy"},
		{10 << 20, false, "still busy"},
		{10<<20 + 1000, true, "quiet"},
		{10<<20 + 2000, false, "nothing new to give"},
		{11<<20 + 2000, false, "busy again"},
		{11<<20 + 3000, true, "quiet again"},
	} {
		if got := m.due(c.allocated); got != c.due {
			t.Errorf("check %d (%s): due is %v", i, c.what, got)
		}
	}
}

func TestAllocatedGrows(t *testing.T) {
	before := allocated()
	sink = make([]byte, 1<<20)
	if after := allocated(); after < before+1<<20 {
		t.Errorf("allocated %d, then 1 MiB more, and now %d", before, after)
	}
}

var sink []byte
