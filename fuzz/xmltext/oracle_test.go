package xmltext

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// verdict is what expat says of a stream.
type verdict uint8

const (
	accept verdict = iota
	unfinished
	reject
)

// answer is what expat.c says of a stream.
type answer struct {
	verdict  verdict
	elements int
	hash     uint64
	text     string // if it was asked for
}

// oracle is a running expat.c.
type oracle struct {
	in  *bufio.Writer
	out *bufio.Reader
	raw io.WriteCloser
	cmd *exec.Cmd
}

// buildOracle compiles expat.c and returns the program's name.
func buildOracle(t *testing.T) string {
	program := filepath.Join(t.TempDir(), "expat")
	if out, err := exec.Command("cc", "-O2", "-o", program, "expat.c", "-lexpat").CombinedOutput(); err != nil {
		t.Fatalf("expat.c cannot be built: %v\n%sOn Debian its needs are met by\n\n\tapt-get install gcc libc6-dev libexpat1-dev", err, out)
	}
	return program
}

// startOracle starts the program.
func startOracle(program string) (*oracle, error) {
	cmd := exec.Command(program)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &oracle{in: bufio.NewWriterSize(in, 64<<10), out: bufio.NewReaderSize(out, 64<<10), raw: in, cmd: cmd}, nil
}

func (o *oracle) close() error {
	o.raw.Close()
	return o.cmd.Wait()
}

// What a request may ask for.
const (
	withText = 1
	sendNow  = 2
)

// ask sends a stream. Answers may come as soon as one was asked for with sendNow, and have to be read before too many are
// asked for: they wait in a pipe.
func (o *oracle) ask(data []byte, flags byte) error {
	head := append(binary.BigEndian.AppendUint32(o.in.AvailableBuffer(), uint32(len(data))), flags)
	o.in.Write(head)
	o.in.Write(data)
	if flags&sendNow != 0 {
		return o.in.Flush()
	}
	return nil
}

// askAll sends streams and asks for all the answers.
func (o *oracle) askAll(all [][]byte) error {
	for i, data := range all {
		flags := byte(0)
		if i == len(all)-1 {
			flags = sendNow
		}
		if err := o.ask(data, flags); err != nil {
			return err
		}
	}
	return nil
}

// answer reads the answer to the first question that has had none.
func (o *oracle) answer() (a answer, err error) {
	var head [17]byte
	if _, err := io.ReadFull(o.out, head[:]); err != nil {
		return a, err
	}
	a = answer{verdict: verdict(head[0]), elements: int(binary.BigEndian.Uint32(head[1:])), hash: binary.BigEndian.Uint64(head[5:])}
	if n := binary.BigEndian.Uint32(head[13:]); n > 0 {
		text := make([]byte, n)
		if _, err := io.ReadFull(o.out, text); err != nil {
			return a, err
		}
		a.text = string(text)
	}
	return a, nil
}

// judge asks about one stream, with the text. Nothing else may be waiting for an answer.
func (o *oracle) judge(data []byte) (answer, error) {
	if err := o.ask(data, withText|sendNow); err != nil {
		return answer{}, err
	}
	return o.answer()
}

// String writes an answer with its text.
func (a answer) String() string {
	why, elements, _ := strings.Cut(a.text, "\x00")
	return []string{"accept", "unfinished", "reject"}[a.verdict] + " " + why + "\n" + strings.ReplaceAll(elements, "\x00", "\n")
}
