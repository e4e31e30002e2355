package figures

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteTable writes a table for each workload, with what has to be known to read it.
func (r *Report) WriteTable(to io.Writer) error {
	w := &strings.Builder{}
	fmt.Fprintf(w, "# %s\n# %s, %v\n# %s\n", r.Command, r.Started.UTC().Format("2006-01-02 15:04 UTC"), r.Ended.Sub(r.Started).Round(time.Second), r.Machine)
	for _, note := range r.Notes {
		fmt.Fprintf(w, "# %s\n", note)
	}
	for _, s := range r.Servers {
		fmt.Fprintf(w, "# %s\n", strings.TrimSpace(s.Name+" "+s.Version+": "+strings.Join(s.Settings, "; ")))
	}
	for _, workload := range r.Workloads {
		workload.writeTable(w)
	}
	_, err := io.WriteString(to, w.String())
	return err
}

func (w *Workload) writeTable(to *strings.Builder) {
	if len(w.Results) == 0 {
		return
	}
	fmt.Fprintf(to, "\n%s: %s\n", w.Name, w.What)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range w.table() {
		fmt.Fprintln(t, strings.Join(row, "\t")+"\t")
	}
	t.Flush()
}

// table returns the rows of a workload: a figure each, under a row of names.
func (w *Workload) table() (rows [][]string) {
	first := w.Results[0]
	head := []string{""}
	for _, r := range w.Results {
		head = append(head, r.Server)
	}
	for _, peer := range w.Results[1:] {
		head = append(head, first.Server+" : "+peer.Server)
	}
	rows = append(rows, head)
	for _, m := range metrics(first.Rounds[0]) {
		row := []string{m.name}
		for _, r := range w.Results {
			row = append(row, m.of(r).show(m.format, len(r.Rounds)))
		}
		for _, peer := range w.Results[1:] {
			cell := ""
			if ratio, ok := m.against(first, peer); ok && m.ratio {
				cell = "× " + ratio.show(short, len(peer.Rounds))
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	if slices.ContainsFunc(w.Results, func(r *Result) bool { return r.Rounds[0].Security != "" }) {
		rows = append(rows, w.textRow("secured by", func(r *Result) string {
			return strings.Join(slices.Compact(texts(r, func(r Round) string { return r.Security })), "; ")
		}))
	}
	return append(rows, w.textRow("load of the machine before", func(r *Result) string {
		return strings.Join(texts(r, func(r Round) string { return r.Load }), " ")
	}))
}

// textRow is a row of texts, without ratios.
func (w *Workload) textRow(name string, get func(r *Result) string) []string {
	row := []string{name}
	for _, r := range w.Results {
		row = append(row, get(r))
	}
	return append(row, make([]string, len(w.Results)-1)...)
}

// texts is what the rounds say.
func texts(r *Result, get func(r Round) string) (all []string) {
	for _, round := range r.Rounds {
		all = append(all, get(round))
	}
	return all
}
