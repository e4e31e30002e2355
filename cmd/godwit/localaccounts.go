package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/godwit-im/godwit/cmd/godwit/admin"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// localNames are the accounts of localserve.
var localNames = []string{"alice", "bob", "carol"}

// localAccount is an account of localserve.
type localAccount struct {
	JID      string `json:"jid"`
	Password string `json:"password,omitempty"` // empty when it was changed
}

// accountsFile keeps the passwords of localserve's accounts, so that they are there the next time. The store has none of them.
const accountsFile = "accounts.txt"

// localAccounts returns the accounts, and makes those that are missing.
func localAccounts(ctx context.Context, room *admin.Room, data string) ([]localAccount, error) {
	file := filepath.Join(data, accountsFile)
	known, err := readAccounts(file)
	if err != nil {
		return nil, err
	}
	var accounts []localAccount
	added := false
	for _, name := range localNames {
		a := localAccount{name + "@localhost", known[name+"@localhost"]}
		isNew, err := ensureAccount(ctx, room, &a)
		if err != nil {
			return nil, err
		}
		added = added || isNew
		accounts = append(accounts, a)
	}
	if added {
		err = writeAccounts(file, accounts)
	}
	return accounts, err
}

// ensureAccount makes the account if it is missing. The password of one that is there is kept if it still holds.
func ensureAccount(ctx context.Context, room *admin.Room, a *localAccount) (isNew bool, err error) {
	stored, ok, err := room.Store.Account(jid.MustParse(a.JID))
	if err != nil {
		return false, err
	}
	if !ok {
		a.Password = newPassword()
		_, err := room.Do(ctx, admin.Request{Do: admin.AddUser, JID: a.JID, Password: a.Password})
		return true, err
	}
	var c sasl.Credentials
	if err := c.UnmarshalBinary(stored.Credentials); err != nil {
		return false, fmt.Errorf("%s: %w", a.JID, err)
	}
	if !c.Verify(a.Password) {
		a.Password = ""
	}
	return false, nil
}

// newPassword returns 80 random bits in groups of four letters and digits.
func newPassword() string {
	text := strings.ToLower(rand.Text()[:16])
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
}

func readAccounts(file string) (passwords map[string]string, err error) {
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	passwords = make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if name, password, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			passwords[name] = strings.TrimSpace(password)
		}
	}
	return passwords, nil
}

func writeAccounts(file string, accounts []localAccount) error {
	var b strings.Builder
	for _, a := range accounts {
		fmt.Fprintf(&b, "%s %s\n", a.JID, a.Password)
	}
	return os.WriteFile(file, []byte(b.String()), 0o600)
}
