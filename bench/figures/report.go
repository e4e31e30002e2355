package figures

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/godwit-im/godwit/bench/load"
)

// Report is everything that one command has measured.
type Report struct {
	Command        string
	Started, Ended time.Time
	Machine        Machine
	Notes          []string // what the reader has to know
	Servers        []Server
	Workloads      []*Workload
}

// Server is a server that was measured.
type Server struct {
	Name, Version string
	Settings      []string // that differ from its own defaults, a line each
}

// Workload is one thing that was done to every server.
type Workload struct {
	Name    string
	What    string // in a sentence
	Results []*Result
}

// Result is what one server has made of a workload.
type Result struct {
	Server string
	Rounds []Round
}

// Round is one measurement: one of its results is there.
type Round struct {
	Load     string // of the machine before; "" where the system does not tell
	Security string `json:",omitempty"` // of the connections: "" in the clear
	Loops    int    `json:",omitempty"` // event loops of the server, where that is the question

	Chat     *load.ChatResult    `json:",omitempty"`
	Presence *load.ChatResult    `json:",omitempty"` // its messages are presences
	Offline  *load.OfflineResult `json:",omitempty"`
	Login    *load.LoginResult   `json:",omitempty"`
	Storm    *load.StormResult   `json:",omitempty"`
	Idle     *load.IdleResult    `json:",omitempty"`
}

// flowing is the result of what flows for a while, nil if the round is of something else.
func (r *Round) flowing() *load.ChatResult {
	if r.Presence != nil {
		return r.Presence
	}
	return r.Chat
}

// wrong is what was wrong, nil if messages were not the question.
func (r *Round) wrong() *load.Wrong {
	if r.Offline != nil {
		return &r.Offline.Wrong
	}
	if c := r.flowing(); c != nil {
		return &c.Wrong
	}
	return nil
}

// New returns an empty Report of a command, given as its arguments.
func New(args []string) *Report {
	args = slices.Clone(args)
	args[0] = filepath.Base(args[0])
	for i, a := range args {
		if strings.ContainsAny(a, " %$*;&|<>()'\"") {
			args[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return &Report{Command: strings.Join(args, " "), Started: time.Now(), Machine: ThisMachine()}
}

// Add notes a server, once.
func (r *Report) Add(s Server) {
	if !slices.ContainsFunc(r.Servers, func(have Server) bool { return have.Name == s.Name }) {
		r.Servers = append(r.Servers, s)
	}
}

// Workload returns the workload of that name, a new one if there is none.
func (r *Report) Workload(name, what string) *Workload {
	for _, w := range r.Workloads {
		if w.Name == name {
			return w
		}
	}
	w := &Workload{Name: name, What: what}
	r.Workloads = append(r.Workloads, w)
	return w
}

// Add adds a round of a server.
func (w *Workload) Add(server string, round Round) {
	for _, r := range w.Results {
		if r.Server == server {
			r.Rounds = append(r.Rounds, round)
			return
		}
	}
	w.Results = append(w.Results, &Result{server, []Round{round}})
}

// IsEmpty reports whether nothing was measured.
func (r *Report) IsEmpty() bool {
	return !slices.ContainsFunc(r.Workloads, func(w *Workload) bool { return len(w.Results) > 0 })
}

// Wrong returns an error when a message was lost, came twice, in the wrong order or changed.
func (r *Report) Wrong() error {
	for _, w := range r.Workloads {
		for _, result := range w.Results {
			for i, round := range result.Rounds {
				if c := round.wrong(); c != nil && c.Any() {
					return fmt.Errorf("%s, %s, round %d: %d messages lost, %d again or late, %d changed, %d refused: %s",
						w.Name, result.Server, i+1, c.Lost, c.Again, c.Changed, c.Refused, c.First)
				}
			}
		}
	}
	return nil
}

// WriteJSON writes all of it as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "\t")
	return enc.Encode(r)
}

// Read reads what WriteJSON has written.
func Read(from io.Reader) (*Report, error) {
	r := new(Report)
	return r, json.NewDecoder(from).Decode(r)
}
