package xmpptest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/sasl"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// loginVerbs are the forms of lines about how a connection begins and ends, see the package comment.
var loginVerbs = []verb{
	{form: form(`CLIENT connects by (TCP|TLS|link)(?: with the (new|proven) key (\d+))?`), run: connectBy},
	{form: form(`CLIENT opens a stream`), run: onClient(func(c *Client, _ *step) error { c.Send(c.header()); return nil })},
	{form: form(`CLIENT opens a stream as (\S+)`), run: onClient(func(c *Client, s *step) error {
		c.Send(strings.Replace(c.header(), " to='", " from='"+c.w.JID(s.args[1]).String()+"' to='", 1))
		return nil
	})},
	{form: form(`CLIENT brings (\S+) of the password (\S+) with the salt (\S+)`), run: upgrade},
	{form: form(`CLIENT logs in with SASL2 (\S+)(?: and the password (\S+))?`), run: logInSASL2},
	{form: form(`CLIENT logs in with SASL2 (\S+)(?: and the password (\S+))?, wanting:`), block: true, run: logInSASL2},
	{form: form(`CLIENT opens a stream and logs in at once with SASL2 (\S+)(?: and the password (\S+))?, wanting:`), block: true, run: pipeline},
	{form: form(`CLIENT logs in with (\S+)(?: and the password (\S+))?`), run: onClient(func(c *Client, s *step) error {
		return c.Authenticate(s.args[1], cmp.Or(s.args[2], Password))
	})},
	{form: form(`CLIENT's mailbox is full`), run: onClient(func(c *Client, _ *step) error { c.Fill(true); return nil })},
	{form: form(`CLIENT's mailbox has room`), run: onClient(func(c *Client, _ *step) error { c.Fill(false); return nil })},
	{form: form(`CLIENT is kicked`), run: onClient(func(c *Client, _ *step) error {
		c.conn.Post(stream.Mail{Note: router.Removed})
		c.w.Run()
		return nil
	})},
}

// logInSASL2 runs a login by SASL2.
func logInSASL2(r *runner, s *step) error {
	return byToken(r, s, func(c *Client, password, inline string) error {
		return c.AuthenticateSASL2(s.args[1], password, inline)
	})
}

// pipeline runs one in a single piece of text, with the header.
func pipeline(r *runner, s *step) error {
	return byToken(r, s, func(c *Client, password, inline string) error { return c.Pipeline(s.args[1], password, inline) })
}

// upgrade answers the salt of a task (XEP-0480 §3).
func upgrade(r *runner, s *step) error {
	salt, err := base64.StdEncoding.DecodeString(r.captures.fill(s.args[3]))
	if err != nil {
		return err
	}
	hash, err := sasl.SaltedPassword(s.args[1], s.args[2], salt, sasl.DefaultIterations)
	if err != nil {
		return err
	}
	return onClient(func(c *Client, _ *step) error {
		c.Send("<task-data xmlns='" + sasl2 + "'><hash xmlns='urn:xmpp:scram-upgrade:0'>" + base64.StdEncoding.EncodeToString(hash) + "</hash></task-data>")
		return nil
	})(r, s)
}

// byToken calls f with the password of a step, which may be a {name}: a token that was received. In the block a {name} stands for what was received, too.
func byToken(r *runner, s *step, f func(c *Client, password, inline string) error) error {
	c := r.w.clients[s.args[0]]
	if c == nil {
		return fmt.Errorf("%s is not connected", s.args[0])
	}
	password := cmp.Or(s.args[2], Password)
	return f(c, r.captures.fill(password), r.captures.fill(r.w.fillIDs(s.block)))
}

func connectBy(r *runner, s *step) error {
	t := Transport{TLS: s.args[1] == "TLS", Link: s.args[1] == "link", Proven: s.args[2] == "proven"}
	if key := s.args[3]; key != "" {
		n, err := strconv.ParseUint(key, 10, 8)
		if err != nil {
			return err
		}
		t.Key = byte(n)
	}
	r.w.ConnectBy(s.args[0], t)
	return nil
}
