package hostile

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

// play is one case on one port, whole or in pieces.
type play struct {
	corpus.HostileCase
	port   port
	pieces bool
}

// plays returns the cases on the ports, whole and in pieces; under the race detector each of them in one way only, in turn.
func plays(cases []corpus.HostileCase, on ...port) (all []play) {
	for _, c := range cases {
		for _, p := range on {
			all = append(all, play{c, p, false}, play{c, p, true})
		}
	}
	return sample(all, 2*len(on))
}

// sample returns all jobs, or under the race detector one of each group of n, another one of every group.
func sample[T any](all []T, n int) (some []T) {
	if !raced {
		return all
	}
	for i := 0; i < len(all); i += n {
		some = append(some, all[i+i/n%n])
	}
	return some
}

func (c play) String() string {
	how := "whole"
	if c.pieces {
		how = "in pieces"
	}
	return fmt.Sprintf("%s on %v, %s", c.File, c.port, how)
}

// maxBytewise is the size up to which pieces are single bytes.
const maxBytewise = 600

// perform sends data, whole or in pieces. The server may hang up meanwhile.
func (p *peer) perform(data []byte, pieces bool) error {
	rng := rand.New(rand.NewPCG(1, uint64(len(data))))
	for len(data) > 0 {
		n := len(data)
		if pieces {
			n = 1
			if len(data) > maxBytewise {
				n = min(len(data), 1+rng.IntN(97))
			}
		}
		if err := p.write(data[:n]); err != nil {
			return hungUp(err)
		}
		data = data[n:]
	}
	return nil
}

// hungUp forgives the errors of writing to a server that has closed.
func hungUp(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return nil
	}
	return err
}

// outcome is what the manifest calls what the server has said: it also checks the form. An error is the last element, behind it is the end of the
// stream and of the connection.
func outcome(all []reply, footer bool) (string, error) {
	result := "accept"
	for i, r := range all {
		if !r.isError {
			continue
		}
		result = "stream-error:" + r.condition
		if !footer || i != len(all)-2 || all[i+1].event != codec.EventClose {
			return result, fmt.Errorf("%s is not followed by </stream:stream> and the end", r.xml)
		}
	}
	return result, nil
}

// judge compares an outcome with the right ones.
func judge(got string, right ...string) error {
	if !slices.Contains(right, got) {
		return fmt.Errorf("%s, want %q", got, right)
	}
	return nil
}

// byManifest returns the outcomes that the manifest calls right.
func byManifest(c *corpus.HostileCase) []string {
	return slices.Concat(c.Also, []string{c.Expect})
}
