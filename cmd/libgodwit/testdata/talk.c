/* Two people log in, write to each other, and go on when the server was killed. The arguments are their two configurations. The program says "kill" when the server
   is to be killed, and reads a line when it is there again; at its end it says "done". */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "godwit.h"

enum { patience = 60000 }; /* ms */

static void die(const char *what, const char *why) {
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

/* check ends the program if error is one. */
static void check(const char *what, char *error) {
	if (error)
		die(what, error);
}

/* has finds "key":"value" in an event. A real program has a parser for JSON. */
static int has(const char *event, const char *key, const char *value) {
	char pair[512];
	snprintf(pair, sizeof pair, "\"%s\":\"%s\"", key, value);
	return strstr(event, pair) != NULL;
}

/* await takes events until one of a kind has a value. */
static void await(gw_client client, const char *kind, const char *key, const char *value) {
	char *event;
	while ((event = gw_next_event(client, patience))) {
		int found = has(event, "event", kind) && has(event, key, value);
		gw_free(event);
		if (found)
			return;
	}
	die(kind, value);
}

/* say sends a message and returns its id; arrives sees that it comes, that its sender hears of that, and frees the id. */
static char *say(gw_client from, const char *to, const char *body) {
	char *error, *id = gw_send(from, to, body, &error);
	check("gw_send", error);
	return id;
}

static void arrives(gw_client from, gw_client at, const char *body, char *id) {
	await(at, "message", "body", body);
	gw_free(gw_next_event(at, 0)); /* we are done with it */
	char *event;
	while ((event = gw_next_event(from, patience))) {
		int found = has(event, "event", "delivery") && has(event, "state", "delivered") && has(event, "id", id);
		gw_free(event);
		if (found) {
			gw_free(id);
			return;
		}
	}
	die("not delivered", body);
}

int main(int argc, char **argv) {
	char *error, line[16];
	if (argc != 3)
		die("usage", "talk CONFIG CONFIG");
	gw_client alice = gw_open(argv[1], &error);
	check("gw_open", error);
	gw_client bob = gw_open(argv[2], &error);
	check("gw_open", error);

	check("gw_login", gw_login(alice, patience));
	check("gw_login", gw_login(bob, patience));
	await(alice, "connection", "state", "online");
	await(bob, "connection", "state", "online");
	arrives(alice, bob, "Wherefore art thou", say(alice, "bob@localhost", "Wherefore art thou"));

	puts("kill");
	fflush(stdout);
	await(alice, "connection", "state", "offline");
	await(bob, "connection", "state", "offline");
	char *id = say(alice, "bob@localhost", "while it was away");
	if (!fgets(line, sizeof line, stdin))
		die("stdin", "ended");
	check("gw_resume", gw_resume(bob, patience));
	check("gw_resume", gw_resume(alice, patience));
	arrives(alice, bob, "while it was away", id);

	char *page = gw_history(bob, "alice@localhost", "", 10, &error);
	check("gw_history", error);
	if (!has(page, "body", "Wherefore art thou"))
		die("gw_history", page);
	gw_free(page);

	gw_suspend(bob);
	await(bob, "save", "event", "save");
	gw_close(bob, 10000);
	gw_close(alice, 10000);
	if ((error = gw_login(alice, 1)) == NULL)
		die("gw_login", "a closed client logs in");
	gw_free(error);
	puts("done");
	return 0;
}
