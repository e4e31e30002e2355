package figures

import (
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"
)

// plot is lines over two axes.
type plot struct {
	title string
	x, y  *axis
	lines []line
}

// line belongs to the server of that index. Faint ones are rounds behind the one that is shown.
type line struct {
	server  int
	isFaint bool
	isStep  bool // each value holds up to its x
	at      []point
}

type point struct{ x, y float64 }

// Sizes of a plot, in the units of its picture.
const (
	plotWidth, plotHeight    = 560, 300
	left, right, top, bottom = 78, 28, 10, 44
)

func (p *plot) place(at point) (x, y float64) {
	return left + p.x.of(at.x)*(plotWidth-left-right), plotHeight - bottom - p.y.of(at.y)*(plotHeight-top-bottom)
}

// svg draws the plot.
func (p *plot) svg() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, plotWidth, plotHeight, html.EscapeString(p.title))
	for _, m := range p.x.marks {
		x, _ := p.place(point{m.at, p.y.from})
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`,
			x, x, top, plotHeight-bottom, x, plotHeight-bottom+15, html.EscapeString(m.text))
	}
	for _, m := range p.y.marks {
		_, y := p.place(point{p.x.from, m.at})
		fmt.Fprintf(&b, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`,
			left, plotWidth-right, y, y, left-6, y+4, html.EscapeString(m.text))
	}
	fmt.Fprintf(&b, `<text class="name" x="%d" y="%d" text-anchor="middle">%s</text>`, (left+plotWidth-right)/2, plotHeight-8, html.EscapeString(p.x.name))
	fmt.Fprintf(&b, `<text class="name" transform="translate(12 %d) rotate(-90)" text-anchor="middle">%s</text>`, (top+plotHeight-bottom)/2, html.EscapeString(p.y.name))
	for _, faint := range []bool{true, false} { // what is shown is above
		for _, l := range p.lines {
			if l.isFaint == faint {
				p.draw(&b, l)
			}
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

func (p *plot) draw(b *strings.Builder, l line) {
	if len(l.at) == 0 {
		return
	}
	class := fmt.Sprintf("line s%d", l.server%colours)
	if l.isFaint {
		class += " faint"
	}
	fmt.Fprintf(b, `<polyline class="%s" points="`, class)
	_, before := p.place(point{p.x.from, p.y.from})
	for _, at := range l.at {
		x, y := p.place(at)
		if l.isStep {
			fmt.Fprintf(b, "%.1f,%.1f ", x, before)
			before = y
		}
		fmt.Fprintf(b, "%.1f,%.1f ", x, y)
	}
	b.WriteString(`"/>`)
}

// colours is how many colours there are for servers.
const colours = 6

// bars is one figure of several servers: the median as a bar, each round as a dot.
func bars(m metric, results []*Result) template.HTML {
	const width, row, label, number = 560, 30, 110, 130
	var greatest float64
	for _, r := range results {
		greatest = max(greatest, m.of(r).most)
	}
	if greatest <= 0 {
		return ""
	}
	place := func(v float64) float64 { return label + v/greatest*(width-label-number) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, width, row*len(results), html.EscapeString(m.name))
	for i, r := range results {
		s, y := m.of(r), float64(i*row)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`, label-8, y+row/2+4, html.EscapeString(r.Server))
		fmt.Fprintf(&b, `<rect class="bar s%d" x="%d" y="%.1f" width="%.1f" height="%d"/>`, i%colours, label, y+5, place(s.median)-label, row-10)
		for _, round := range r.Rounds {
			fmt.Fprintf(&b, `<circle class="round" cx="%.1f" cy="%.1f" r="2.5"/>`, place(m.get(round)), y+row/2)
		}
		fmt.Fprintf(&b, `<text class="value" x="%.1f" y="%.1f">%s</text>`, place(s.most)+8, y+row/2+4, html.EscapeString(m.format(s.median)))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// shown returns the index of the round of r that has the median of m, or the one next to it.
func shown(m metric, r *Result) int {
	order := make([]int, len(r.Rounds))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch x, y := m.get(r.Rounds[a]), m.get(r.Rounds[b]); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return order[(len(order)-1)/2]
}
