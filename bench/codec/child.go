package codec

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/godwit-im/godwit/bench/corpus"
)

// Report is what a process prints that has measured, one line of JSON.
type Report struct {
	Version     string        // of the parser
	Kernel      string        `json:",omitempty"` // the decoder's variant that was used
	Best        time.Duration // the least processor time of a pass
	Counts      Counts
	Allocations uint64 `json:",omitempty"` // from the stream's header to its end, in a pass after all others
	Allocated   uint64 `json:",omitempty"` // bytes of them
}

// Child measures one parser in this process. The arguments are the parser's name and those of the programs of bench/peers: a file with a stream, a
// file with the ends of its pieces, the size of pieces (0: as that file says), and how many passes. It writes a [Report].
func Child(args []string, out io.Writer) error {
	if len(args) != 5 {
		return errors.New("usage: PARSER STREAM ENDS PIECE PASSES")
	}
	p, version, err := newParser(args[0])
	if err != nil {
		return err
	}
	piece, err := strconv.Atoi(args[3])
	if err != nil || piece < 0 {
		return fmt.Errorf("pieces of %q bytes", args[3])
	}
	passes, err := strconv.Atoi(args[4])
	if err != nil || passes < 1 {
		return fmt.Errorf("%q passes", args[4])
	}
	in, err := load(args[1], args[2], piece)
	if err != nil {
		return err
	}
	r, err := measure(p, in, passes)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	r.Version = version
	if args[0] == Godwit {
		r.Kernel = kernel()
	}
	return json.NewEncoder(out).Encode(r)
}

func measure(p parser, in *input, passes int) (r Report, err error) {
	runtime.GC() // of what loading has left: a parser without garbage then sees no collection
	for i := range passes {
		from := processorTime()
		p.open(in)
		if r.Counts, err = p.read(nil); err != nil {
			return r, err
		}
		if took := processorTime() - from; i == 0 || took < r.Best {
			r.Best = took
		}
	}
	for range settling {
		if err := r.allocations(p, in); err != nil {
			return r, err
		}
	}
	return r, nil
}

// settling is the number of passes after those that are timed, the last of which is looked at for allocations: buffers have grown by then. It is
// always the same, for Instructions to subtract.
const settling = 2

// allocations counts what one more pass allocates.
func (r *Report) allocations(p parser, in *input) error {
	var before, after runtime.MemStats
	p.open(in)
	_, err := p.read(func() { runtime.ReadMemStats(&before) })
	runtime.ReadMemStats(&after)
	r.Allocations, r.Allocated = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return err
}

// load reads a stream and cuts it.
func load(stream, ends string, piece int) (in *input, err error) {
	in = new(input)
	if in.stream, err = os.ReadFile(stream); err != nil {
		return nil, err
	}
	if piece != corpus.Whole {
		for at := 0; at < len(in.stream); {
			at = min(at+piece, len(in.stream))
			in.ends = append(in.ends, at)
		}
		return in, nil
	}
	text, err := os.ReadFile(ends)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		at, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
		if err != nil || at > len(in.stream) || len(in.ends) > 0 && at < in.ends[len(in.ends)-1] {
			return nil, fmt.Errorf("%s: %q is not in its place", ends, line)
		}
		in.ends = append(in.ends, at)
	}
	return in, nil
}
