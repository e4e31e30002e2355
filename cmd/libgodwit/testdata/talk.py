"""Two people log in, write to each other, and go on when the server was killed. The arguments are the library and their two configurations. The program says "kill" when
the server is to be killed, and reads a line when it is there again; at its end it says "done"."""

import ctypes
import json
import sys

PATIENCE = 60000  # ms

library = ctypes.CDLL(sys.argv[1])
Client = ctypes.c_int64
Text = ctypes.c_void_p  # and not c_char_p, of which Python makes bytes and forgets what is to be freed
for name, result, arguments in [
    ("gw_open", Client, [ctypes.c_char_p, ctypes.POINTER(Text)]),
    ("gw_login", Text, [Client, ctypes.c_int64]),
    ("gw_resume", Text, [Client, ctypes.c_int64]),
    ("gw_connect", None, [Client]),
    ("gw_network_changed", None, [Client, ctypes.c_char_p]),
    ("gw_foreground", None, [Client, ctypes.c_int]),
    ("gw_next_event", Text, [Client, ctypes.c_int64]),
    ("gw_send", Text, [Client, ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(Text)]),
    ("gw_mark_read", Text, [Client, ctypes.c_char_p, ctypes.c_char_p]),
    ("gw_history", Text, [Client, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int64, ctypes.POINTER(Text)]),
    ("gw_suspend", None, [Client]),
    ("gw_close", None, [Client, ctypes.c_int64]),
    ("gw_free", None, [Text]),
]:
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments


class Failed(Exception):
    pass


def taken(text):
    """Returns a string of the library's, and frees it."""
    if not text:
        return None
    try:
        return ctypes.string_at(text).decode()
    finally:
        library.gw_free(text)


def check(error):
    if error:
        raise Failed(taken(error))


def with_error(function, *arguments):
    error = Text()
    result = function(*arguments, ctypes.byref(error))
    check(error.value)
    return result


class Person:
    def __init__(self, config):
        self.state = None
        self.client = with_error(library.gw_open, config.encode())

    def login(self):
        check(library.gw_login(self.client, PATIENCE))

    def resume(self):
        check(library.gw_resume(self.client, PATIENCE))

    def stay(self):
        library.gw_network_changed(self.client, b"loopback")
        library.gw_foreground(self.client, 1)
        library.gw_connect(self.client)

    def send(self, to, body):
        return taken(with_error(library.gw_send, self.client, to.encode(), body.encode()))

    def event(self, timeout=PATIENCE):
        text = taken(library.gw_next_event(self.client, timeout))
        event = json.loads(text) if text else None
        if event and event["event"] == "save":
            self.state = event["state"]
        return event

    def sees(self, **wanted):
        """Takes events until one has all that is wanted."""
        seen = []
        while event := self.event():
            seen.append(event)
            if wanted.items() <= event.items():
                return event
        raise Failed(f"no {wanted} in {seen}")

    def history(self, chat, limit):
        return json.loads(taken(with_error(library.gw_history, self.client, chat.encode(), b"", limit)))


alice_config, bob_config = sys.argv[2], sys.argv[3]
alice, bob = Person(alice_config), Person(bob_config)
alice.login()
bob.login()
first = alice.send("bob@localhost", "Wherefore art thou")
bob.sees(event="message", id=first, body="Wherefore art thou")
bob.event(0)  # done with the message
alice.sees(event="delivery", id=first, state="delivered")
check(library.gw_mark_read(bob.client, b"alice@localhost", first.encode()))
alice.sees(event="delivery", id=first, state="read")

print("kill", flush=True)
alice.sees(event="connection", state="offline")
bob.sees(event="connection", state="offline")
second = alice.send("bob@localhost", "während er fort war")
sys.stdin.readline()
bob.resume()
alice.resume()
bob.sees(event="message", id=second, body="während er fort war")
bob.event(0)
alice.sees(event="delivery", id=second, state="delivered")
assert [m["body"] for m in bob.history("alice@localhost", 10)["messages"] if "body" in m][-1] == "während er fort war"

# The program is started again with what it has kept.
library.gw_suspend(bob.client)
bob.sees(event="connection", state="offline")
library.gw_close(bob.client, 0)
third = alice.send("bob@localhost", "to one who is away")
bob = Person(json.dumps(json.loads(bob_config) | {"state": bob.state}))
bob.stay()
bob.sees(event="message", id=third)
bob.event(0)
alice.sees(event="delivery", id=third, state="delivered")

for bad in ["", "{}", '{"jid": "a@b", "colour": "red"}']:
    try:
        Person(bad)
    except Failed:
        continue
    raise Failed(f"{bad} was taken for a configuration")
library.gw_close(alice.client, 10000)
library.gw_close(bob.client, 10000)
print("done", flush=True)
