package xmpptest

import (
	"maps"
	"strings"
)

// rewriteSection runs the events of a section, and puts what is received after each of them in place of the expectations that
// followed it. An expectation that holds is kept as it is written.
func (r *runner) rewriteSection(s *section) {
	var steps []*step
	for i := 0; i < len(s.steps); {
		event := s.steps[i]
		if n := len(steps); n > 0 && steps[n-1].verb.block && event.before == "" {
			event.before = "\n"
		}
		if strings.Contains(event.text, " holds ") {
			event.text = "" + event.args[0] + " holds " + event.args[1] + ": " + r.held(event.args[0], event.args[1])
		} else if err := event.verb.run(r, event); err != nil {
			r.t.Errorf("%s:%d: %s: %v", r.file, event.line, event.text, err)
		}
		steps = append(steps, event)
		var expected []*step
		for i++; i < len(s.steps) && (s.steps[i].verb.expects || s.steps[i].verb.silences); i++ {
			expected = append(expected, s.steps[i])
		}
		if i < len(s.steps) && strings.HasSuffix(s.steps[i].text, " forgets") {
			steps = append(steps, expected...)
			continue
		}
		steps = append(steps, r.expectations(expected)...)
	}
	s.steps = steps
}

// expectations returns what to expect now, after what was expected before.
func (r *runner) expectations(before []*step) (steps []*step) {
	for _, c := range r.order(before) {
		for _, got := range c.Received() {
			steps = append(steps, r.expectation(c, got, &before))
		}
		if c.ended && !c.told {
			c.told = true
			steps = append(steps, newStep(c.name+"'s stream ends", ""))
		}
	}
	heard := make(map[string]bool)
	for _, st := range steps {
		heard[strings.Fields(st.text)[0]] = true
	}
	for _, old := range before {
		if old.verb.silences && !heard[old.args[0]] {
			steps = append(steps, old)
		}
	}
	return steps
}

// order returns the clients in the order of the old expectations, the others after them.
func (r *runner) order(before []*step) (clients []*Client) {
	seen := make(map[*Client]bool)
	for _, st := range before {
		if c := r.w.clients[st.args[0]]; c != nil && !seen[c] {
			seen[c] = true
			clients = append(clients, c)
		}
	}
	for _, c := range r.w.sortedClients() {
		if !seen[c] {
			clients = append(clients, c)
		}
	}
	return clients
}

// expectation returns the first old one of that client that holds, or a new one.
func (r *runner) expectation(c *Client, got *Node, before *[]*step) *step {
	for i, old := range *before {
		if !old.verb.block || old.args[0] != c.name {
			continue
		}
		nodes, err := ParseNodes(r.w.fillIDs(old.block))
		captures := maps.Clone(r.captures)
		if err == nil && len(nodes) == 1 && captures.Match(nodes[0], got) == nil {
			r.captures = captures
			*before = append((*before)[:i:i], (*before)[i+1:]...)
			return old
		}
	}
	return newStep(c.name+" receives:", r.generalise(got).String())
}

func newStep(text, block string) *step {
	s := &step{before: "\n", text: text, block: block}
	s.verb, s.args = findVerb(text)
	return s
}

// generalise replaces what differs from run to run: the ids that the server makes.
func (r *runner) generalise(n *Node) *Node {
	g := &Node{NS: n.NS, Name: n.Name, Content: append([]any(nil), n.Content...)}
	push := n.Name == "iq" && attr(n, "type") == "set"
	for _, a := range n.Attrs {
		if a.Name == "id" && (push || len(a.Value) == 26) {
			a.Value = "{any}"
		}
		a.Value = r.w.nameID(a.Value)
		g.Attrs = append(g.Attrs, a)
	}
	for i, c := range g.Content {
		switch c := c.(type) {
		case *Node:
			g.Content[i] = r.generalise(c)
		case string:
			g.Content[i] = r.w.nameID(c)
		}
	}
	return g
}

func attr(n *Node, name string) string {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}
