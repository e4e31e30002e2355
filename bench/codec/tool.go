package codec

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// tool is a command that measures.
type tool struct {
	name    string
	command []string
	variant string // of the decoder: the value of Variable, empty to leave the choice to it
	own     bool   // it is this build's decoder
	decoder bool   // it is a build's decoder
	managed bool   // it is written in Go, and reports allocations
}

// tools returns what c names, the decoder's variants first.
func (c *Config) tools() (all []tool) {
	self := append(c.Self[:len(c.Self):len(c.Self)], Godwit)
	if len(c.Variants) == 0 {
		all = append(all, tool{name: Godwit, command: self, own: true, decoder: true, managed: true})
	}
	for _, v := range c.Variants {
		all = append(all, tool{name: Godwit + " " + v, command: self, variant: v, own: true, decoder: true, managed: true})
	}
	for _, p := range c.Builds {
		all = append(all, tool{name: p.Name, command: append(p.Command[:len(p.Command):len(p.Command)], Godwit), decoder: true, managed: true})
	}
	for _, p := range c.Peers {
		all = append(all, tool{name: p.Name, command: p.Command})
	}
	return append(all, tool{name: EncodingXML, command: append(c.Self[:len(c.Self):len(c.Self)], EncodingXML), managed: true})
}

// files are where a stream and the ends of its elements are.
type files struct{ stream, ends string }

// arguments returns a tool's command line.
func (t *tool) arguments(f files, piece, passes int) []string {
	return append(t.command[:len(t.command):len(t.command)], f.stream, f.ends, strconv.Itoa(piece), strconv.Itoa(passes))
}

// environment returns a tool's environment: garbage is collected by the processor that makes it.
func (t *tool) environment(more ...string) []string {
	env := append(os.Environ(), "GOMAXPROCS=1")
	if t.variant != "" {
		env = append(env, Variable+"="+t.variant)
	}
	return append(env, more...)
}

// run runs the tool once.
func (t *tool) run(ctx context.Context, f files, piece, passes int) (r Report, err error) {
	if r, err = t.report(ctx, t.arguments(f, piece, passes), t.environment()); err != nil {
		return r, err
	}
	return r, t.judge(r)
}

// judge returns an error when the tool has not used the variant that it should.
func (t *tool) judge(r Report) error {
	if t.variant != "" && r.Kernel != t.variant {
		return fmt.Errorf("variant %s: this build on this machine has used %s instead", t.variant, r.Kernel)
	}
	return nil
}

// report runs a command and reads what it reports.
func (t *tool) report(ctx context.Context, args, env []string) (r Report, err error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return r, context.Cause(ctx)
		}
		return r, fmt.Errorf("%s: %w: %s", t.name, err, strings.TrimSpace(errs.String()))
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return r, fmt.Errorf("%s: its report %.60q: %w", t.name, out.Bytes(), err)
	}
	return r, nil
}
