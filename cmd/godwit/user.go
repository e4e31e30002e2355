package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
)

func newUser() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Add, remove and list accounts",
		Long: "Add, remove and list accounts, whether the server runs or not.\n" +
			"Without --config and --data, the accounts of localserve are meant.",
	}
	p := new(place)
	p.flags(cmd)
	cmd.AddCommand(newUserAdd(p), newUserRemove(p), newUserPasswd(p), newUserList(p), newUserDevices(p), newUserForget(p))
	return cmd
}

func newUserAdd(p *place) *cobra.Command {
	var source passwordSource
	var keys bool
	cmd := &cobra.Command{
		Use:   "add ADDRESS",
		Short: "Add an account",
		Long: "Add an account. " + passwordHelp + "\n\n" +
			"An account of another server may bring the keys of its password instead, a line for each hash, in the form of RFC 5803:\n" +
			"SCRAM-SHA-1$ITERATIONS:SALT$STORED-KEY:SERVER-KEY, the last three in base64. With keys for one hash it can use the mechanisms\n" +
			"with that hash, and clients that know XEP-0480 bring the others when they log in. Until then, who names the account before he\n" +
			"logs in can see that it exists.",
		Example:           "  godwit user add alice@example.org\n  pwgen 20 1 | godwit user add bob@example.org --password-stdin\n  godwit user add carol@example.org --keys-stdin <carol.keys",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if keys {
				lines, err := keyLines(cmd.InOrStdin())
				if err != nil {
					return err
				}
				return p.tell(cmd, admin.Request{Do: admin.AddUser, JID: args[0], Keys: lines}, "added "+args[0])
			}
			password, from, err := source.read(cmd, args[0], func() error { return p.wants(cmd, args[0], false) })
			if err != nil {
				return err
			}
			return p.tell(cmd, admin.Request{Do: admin.AddUser, JID: args[0], Password: password}, "added "+args[0]+from)
		},
	}
	source.flags(cmd)
	cmd.Flags().BoolVar(&keys, "keys-stdin", false, "read the keys of the password from standard input")
	cmd.MarkFlagsMutuallyExclusive("keys-stdin", "password-stdin")
	return cmd
}

func newUserPasswd(p *place) *cobra.Command {
	var source passwordSource
	cmd := &cobra.Command{
		Use:   "passwd ADDRESS",
		Short: "Set a new password",
		Long: "Set a new password. The account's sessions end, and devices that log in by the key of their link,\n" +
			"or by a token, have to give the password again. " + passwordHelp,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeUsers,
		RunE: func(cmd *cobra.Command, args []string) error {
			password, from, err := source.read(cmd, args[0], func() error { return p.wants(cmd, args[0], true) })
			if err != nil {
				return err
			}
			return p.tell(cmd, admin.Request{Do: admin.SetPasswd, JID: args[0], Password: password}, "new password for "+args[0]+from)
		},
	}
	source.flags(cmd)
	return cmd
}

func newUserRemove(p *place) *cobra.Command {
	return &cobra.Command{
		Use:               "rm ADDRESS",
		Aliases:           []string{"remove"},
		Short:             "Remove an account, its roster and its archive",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeUsers,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.tell(cmd, admin.Request{Do: admin.RemoveUser, JID: args[0]}, "removed "+args[0])
		},
	}
}

func newUserList(p *place) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "list [DOMAIN]",
		Aliases:           []string{"ls"},
		Short:             "List accounts",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			q := admin.Request{Do: admin.ListUsers}
			if len(args) > 0 {
				q.Domain = args[0]
			}
			r, err := p.do(cmd, q)
			if err != nil {
				return err
			}
			return printUsers(cmd.OutOrStdout(), r.Users, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func newUserDevices(p *place) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "devices ADDRESS",
		Short:             "List the devices and clients of an account",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeUsers,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := p.do(cmd, admin.Request{Do: admin.ListDevices, JID: args[0]})
			if err != nil {
				return err
			}
			return printDevices(cmd.OutOrStdout(), r.Devices, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func newUserForget(p *place) *cobra.Command {
	return &cobra.Command{
		Use:   "forget ADDRESS DEVICE",
		Short: "Forget a device or client of an account",
		Long: "Forget a device or client of an account: its sessions end, and it has to give the password again.\n" +
			"Where the password is known to somebody who should not know it, set a new one: godwit user passwd.",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: p.completeUsers,
		RunE: func(cmd *cobra.Command, args []string) error {
			q := admin.Request{Do: admin.RemoveDevice, JID: args[0], Device: args[1]}
			return p.tell(cmd, q, "forgot "+args[1]+" of "+args[0])
		},
	}
}

// wants is an error unless the address can be one of an account here, and is or is not yet.
func (p *place) wants(cmd *cobra.Command, address string, there bool) error {
	r, err := p.do(cmd, admin.Request{Do: admin.FindUser, JID: address})
	switch {
	case err != nil:
		return err
	case there && len(r.Users) == 0:
		return admin.NoAccount(address)
	case !there && len(r.Users) > 0:
		return admin.AccountExists(address)
	}
	return nil
}

// tell does one operation and says that it is done.
func (p *place) tell(cmd *cobra.Command, q admin.Request, done string) error {
	if _, err := p.do(cmd, q); err != nil {
		return err
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), done)
	return err
}

func printUsers(w io.Writer, users []admin.User, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		for _, u := range users {
			if err := e.Encode(u); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ADDRESS\tCREATED\tLAST ACTIVE\tDEVICES\tSESSIONS")
	for _, u := range users {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\n", u.JID, day(u.Created), lastActive(u), u.Devices, u.Sessions)
	}
	return t.Flush()
}

func printDevices(w io.Writer, devices []admin.Device, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		for _, d := range devices {
			if err := e.Encode(d); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DEVICE\tKIND\tSOFTWARE\tNAME\tSEEN")
	for _, d := range devices {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", d.ID, d.Kind, printable(d.Software), printable(d.Name), day(d.Seen))
	}
	return t.Flush()
}

// printable is what a client says of itself, without what could play with the terminal.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	return cmp.Or(s, "-")
}

// lastActive is when an account was last online.
func lastActive(u admin.User) string {
	if u.Sessions > 0 {
		return "now"
	}
	return day(u.LastActive)
}

// day is a time to the minute, "-" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// completeUsers completes an address from the accounts there are.
func (p *place) completeUsers(cmd *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	r, err := p.do(cmd, admin.Request{Do: admin.ListUsers})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, u := range r.Users {
		names = append(names, u.JID)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
