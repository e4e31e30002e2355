package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// passwordSource says where a new password comes from.
type passwordSource struct{ stdin bool }

func (s *passwordSource) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.stdin, "password-stdin", false, "read the password from the first line of standard input")
}

// read returns a new password: from standard input, or from the terminal, where it is asked for twice.
func (s *passwordSource) read(cmd *cobra.Command, who string) (string, error) {
	if s.stdin {
		return firstLine(cmd.InOrStdin())
	}
	first, err := prompt(cmd, "New password for "+who+": ")
	if err != nil {
		return "", err
	}
	second, err := prompt(cmd, "Once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two are not the same: try again")
	}
	return first, nil
}

// firstLine reads a line and returns it without its end.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", fmt.Errorf("reading a password from standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// exitInterrupted is what shells make of SIGINT.
const exitInterrupted = 130

var errNoTerminal = errors.New("standard input is no terminal: use --password-stdin")

// prompt asks at the terminal, without echo.
func prompt(cmd *cobra.Command, question string) (string, error) {
	terminal, ok := cmd.InOrStdin().(*os.File)
	if !ok || !isTerminal(terminal) {
		return "", errNoTerminal
	}
	restore, err := silence(terminal) // before the question: who answers quickly is not shown either
	if err != nil {
		return "", err
	}
	fmt.Fprint(cmd.ErrOrStderr(), question)
	defer func() {
		restore()
		fmt.Fprintln(cmd.ErrOrStderr())
	}()
	defer context.AfterFunc(cmd.Context(), func() { // nothing else ends the read
		restore()
		os.Exit(exitInterrupted)
	})()
	return readSlowly(terminal)
}

// readSlowly reads a line a byte at a time, so that nothing behind it is taken away.
func readSlowly(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		if _, err := r.Read(b); err != nil {
			return "", fmt.Errorf("reading a password: %w", err)
		}
		if b[0] == '\n' {
			return strings.TrimRight(string(line), "\r"), nil
		}
		line = append(line, b[0])
	}
}
