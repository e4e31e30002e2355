package figures

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// pageData is what page.html shows.
type pageData struct {
	*Report
	Date, Took string
	JSON       template.URL // all of the report
	Works      []workData
}

type workData struct {
	*Workload
	Head   []string
	Rows   [][]string
	Legend []legend
	Bars   []figure // of figures
	Plots  []figure
}

type legend struct {
	Class, Name string
}

type figure struct {
	Title   string
	Picture template.HTML
}

// WritePage writes a page of HTML that needs nothing else.
func (r *Report) WritePage(w io.Writer) error {
	var json bytes.Buffer
	if err := r.WriteJSON(&json); err != nil {
		return err
	}
	d := pageData{
		Report: r, Date: r.Started.UTC().Format("2 January 2006, 15:04 UTC"), Took: r.Ended.Sub(r.Started).Round(time.Second).String(),
		JSON: template.URL("data:application/json;base64," + base64.StdEncoding.EncodeToString(json.Bytes())),
	}
	for _, workload := range r.Workloads {
		if len(workload.Results) > 0 {
			d.Works = append(d.Works, workload.data())
		}
	}
	return page.Execute(w, &d)
}

func (w *Workload) data() workData {
	rows := w.table()
	d := workData{Workload: w, Head: rows[0], Rows: rows[1:], Plots: w.plots()}
	for i, r := range w.Results {
		d.Legend = append(d.Legend, legend{fmt.Sprintf("s%d", i%colours), r.Server})
	}
	for _, m := range metrics(w.Results[0].Rounds[0]) {
		if picture := bars(m, w.Results); m.ratio && picture != "" {
			d.Bars = append(d.Bars, figure{Title: m.name, Picture: picture})
		}
	}
	return d
}
