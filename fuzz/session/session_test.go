package session

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/fuzz/corpus"
)

var (
	executions = flag.Int("executions", 300, "how many programs TestRandom runs")
	seed       = flag.Uint64("seed", 0, "seed of its first program, the next has the next; 0: a new one")
)

// FuzzBytes gives any bytes to the server at a station, in pieces of any size.
func FuzzBytes(f *testing.F) {
	for i, s := range corpus.Hostile() {
		f.Add(byte(i), byte(i%3), s.Data[:min(len(s.Data), mostBytes)])
	}
	for i, e := range elements {
		text := (&trial{}).expand(e, &tape{}, 0)
		f.Add(byte(i), byte(i%7), []byte(text))
		f.Add(byte(i), byte(128+i%7), items(text))
	}
	f.Fuzz(func(t *testing.T, station, piece byte, data []byte) {
		tr := newTrial(t, nil)
		tr.bytes(int(station), int(piece), data)
		report(t, tr)
	})
}

// items returns the elements of text as compact items, nothing when they are none.
func items(text string) (items []byte) {
	d, s := xmltext.NewDecoder(&codec.Limits{}), codec.Scratch{}
	defer d.Close()
	d.Decode([]byte((&trial{}).headerOf("alice")), &s)
	for p := []byte(text); len(p) > 0; {
		n, event, err := d.Decode(p, &s)
		if err != nil {
			return items
		}
		if event == codec.EventElement {
			items = compact.Encoder{}.AppendElement(items, s.Tree.Root())
		}
		p = p[n:]
	}
	return items
}

// FuzzProgram runs any program.
func FuzzProgram(f *testing.F) {
	for i := range uint64(2 * len(stations)) {
		data := randomProgram(i)
		data[0] = byte(i)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tr := newTrial(t, nil)
		tr.play(data)
		report(t, tr)
	})
}

func report(t *testing.T, tr *trial) {
	for _, c := range tr.finish() {
		t.Error(c)
	}
}

// randomProgram returns the program of a seed.
func randomProgram(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 2))
	data := make([]byte, 20+rng.IntN(600))
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	return data
}

// TestRandom runs random programs, -parallel of them at a time, and says which states they have met.
func TestRandom(t *testing.T) {
	first := *seed
	if first == 0 {
		first = rand.Uint64() >> 1
	}
	t.Logf("seed %d", first)
	var next atomic.Int64
	var mu sync.Mutex
	seen, inputs := map[string]int{}, map[string]int{}
	t.Run("programs", func(t *testing.T) {
		for range workers() {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for i := int(next.Add(1)) - 1; i < *executions && !t.Failed(); i = int(next.Add(1)) - 1 {
					program := first + uint64(i)
					t.Run("", func(t *testing.T) { // which has an end, when the World goes
						tr := newTrial(t, nil)
						tr.books.shared = workers() > 1
						tr.play(randomProgram(program))
						report(t, tr)
						mu.Lock()
						defer mu.Unlock()
						add(seen, tr.seen)
						add(inputs, tr.inputs)
					})
					if t.Failed() {
						t.Errorf("again: go test ./fuzz/session -run TestRandom -v -executions 1 -seed %d", program)
					}
				}
			})
		}
	})
	t.Logf("%d programs, %d states, by how often they were met:\n%s\ninputs:\n%s", *executions, len(seen), table(seen), table(inputs))
}

// workers is what -parallel says: the number of cores when it is not given.
func workers() int { return flag.Lookup("test.parallel").Value.(flag.Getter).Get().(int) }

func add(to, from map[string]int) {
	for k, n := range from {
		to[k] += n
	}
}

func table(m map[string]int) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%9d  %s\n", m[k], k)
	}
	return b.String()
}

// TestStates brings a session to each station, over XML and over compact items, and shows that it is there; that each state that package c2s has is that of a station; and that the stations and what
// follows from each give the machines every kind of input, and every result that a session knows.
func TestStates(t *testing.T) {
	seen, inputs := map[string]int{}, map[string]int{}
	for i := range 2 * len(stations) {
		s := stations[i/2]
		tr := newTrial(t, nil)
		tr.compact = i%2 == 1
		s.enter(tr)
		if got := stateOf(tr.conn()); got != s.at {
			t.Errorf("%d, %s, compact %t: it is %q, and not %q", i/2, s.name, tr.compact, got, s.at)
		}
		tr.look()
		for _, c := range tr.finish() {
			t.Errorf("%d, %s, compact %t: %s", i/2, s.name, tr.compact, c)
		}
		add(seen, tr.seen)
		add(inputs, tr.inputs)
	}
	states, results := declared(t)
	if !slices.Equal(states, stateNames) {
		t.Errorf("the states of package c2s are %q, and here %q", states, stateNames)
	}
	for _, s := range states {
		if !slices.ContainsFunc(stations, func(at station) bool { return strings.Fields(at.at)[0] == s }) {
			t.Errorf("no station is in state %s", s)
		}
	}
	for _, r := range results {
		if inputs["result "+r] == 0 {
			t.Errorf("at no station a machine gets the result %s", r)
		}
	}
	t.Logf("%d stations twice, %d states on the way:\n%s\ninputs:\n%s", len(stations), len(seen), table(seen), table(inputs))
}

// declared returns the states and the results of jobs that the source of c2s.Session knows.
func declared(t *testing.T) (states, results []string) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../xmpp/c2s/session.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			if v, ok := n.Specs[0].(*ast.ValueSpec); ok && n.Tok == token.CONST && fmt.Sprint(v.Type) == "state" {
				for _, s := range n.Specs {
					states = append(states, s.(*ast.ValueSpec).Names[0].Name)
				}
			}
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				for _, e := range c.(*ast.CaseClause).List {
					if id, ok := e.(*ast.Ident); ok && id.Name != "nil" {
						results = append(results, "c2s."+id.Name)
					}
				}
			}
		}
		return true
	})
	return states, results
}
