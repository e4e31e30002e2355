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

// passwordVariable is the environment variable with the password.
const passwordVariable = "GODWIT_PASSWORD"

// passwordSource says where a new password comes from.
type passwordSource struct{ stdin bool }

// passwordHelp tells of it.
const passwordHelp = "The password comes from --password-stdin, from $" + passwordVariable + ", or is asked for twice."

func (s *passwordSource) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.stdin, "password-stdin", false, "read the password from the first line of standard input")
}

// read returns a new password and, for a word behind what was done, where it came from if nobody typed it for this. Before it asks a person, mayAsk says
// whether there is any use in it.
func (s *passwordSource) read(cmd *cobra.Command, who string, mayAsk func() error) (password, from string, err error) {
	if s.stdin {
		password, err = firstLine(cmd.InOrStdin())
		return password, "", err
	}
	if p := os.Getenv(passwordVariable); p != "" {
		return p, ", with the password of $" + passwordVariable, nil
	}
	if err := mayAsk(); err != nil {
		return "", "", err
	}
	password, err = promptTwice(cmd, "New password for "+who+": ")
	return password, "", err
}

// promptTwice asks for a new password.
func promptTwice(cmd *cobra.Command, question string) (string, error) {
	first, err := prompt(cmd, question)
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

// maxKeyLines bounds what is read of keys, in bytes: three lines are not longer.
const maxKeyLines = 4096

// keyLines reads the lines with the keys of an account, without those that are empty.
func keyLines(r io.Reader) (lines []string, err error) {
	text, err := io.ReadAll(io.LimitReader(r, maxKeyLines+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading keys from standard input: %w", err)
	case len(text) > maxKeyLines:
		return nil, errors.New("standard input is too long for the keys of one account")
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, errors.New("standard input has no keys: write a line as SCRAM-SHA-1$ITERATIONS:SALT$STORED-KEY:SERVER-KEY")
	}
	return lines, nil
}

// exitInterrupted is what shells make of SIGINT.
const exitInterrupted = 130

var errNoTerminal = errors.New("standard input is no terminal: set $" + passwordVariable + ", or use --password-stdin")

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
