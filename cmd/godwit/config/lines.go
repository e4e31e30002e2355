package config

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// keyLines returns the line of each key and section of a text that is known to be TOML.
func keyLines(text []byte) map[string]int {
	lines := make(map[string]int)
	count := make(map[string]int) // sections of each [[name]] so far
	var p unstable.Parser
	p.Reset(text)
	section := ""
	for p.NextExpression() {
		e := p.Expression()
		name, line := keyOf(&p, e)
		switch e.Kind {
		case unstable.Table:
			section = name
			lines[section] = line
		case unstable.ArrayTable:
			section = fmt.Sprintf("%s[%d]", name, count[name])
			count[name]++
			lines[section] = line
		case unstable.KeyValue:
			lines[join(section, name)] = line
		}
	}
	return lines
}

// keyOf returns the key of an expression, dots between its parts, and its line.
func keyOf(p *unstable.Parser, e *unstable.Node) (key string, line int) {
	var parts []string
	for it := e.Key(); it.Next(); {
		if line == 0 {
			line = p.Shape(it.Node().Raw).Start.Line
		}
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, "."), line
}
