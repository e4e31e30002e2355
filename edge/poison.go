package edge

import "github.com/godwit-im/godwit/codec"

// poison overwrites what was lent for a Step: whoever has kept a slice of it sees at once that it was not his.
func poison(consumed []byte, s *codec.Scratch) {
	fill(consumed)
	fill(s.Buf[:cap(s.Buf)])
	fill(s.Tree.Aux[:cap(s.Tree.Aux)])
	nodes := s.Tree.Nodes[:cap(s.Tree.Nodes)]
	for i := range nodes {
		nodes[i] = codec.Node{}
	}
	s.Tree.Reset(nil)
}

func fill(p []byte) {
	for i := range p {
		p[i] = 0xff // no byte of UTF-8
	}
}
