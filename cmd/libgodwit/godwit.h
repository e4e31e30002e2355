/* libgodwit: an XMPP client for apps, over Godwit's link or over TLS.

   Strings are UTF-8 and end with a zero byte. What is passed in is copied: it stays the caller's. What is returned as char * is the caller's too, to be freed
   with gw_free, and with nothing else. Functions that return an error as char * return NULL when all is well.

   Functions may be called from any thread, also at the same time, but for gw_next_event: one thread at a time asks for the events of a client. Nothing calls back.

   An app opens a client, logs in or has it keep itself connected, and then asks for events in a loop. A client that is not asked receives nothing more after a while: its server keeps it.
   An event is done with when the next one is asked for: only then does the other side hear that a message was delivered.

   A process that has loaded the library must not fork without exec after that. */

#ifndef GODWIT_H
#define GODWIT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A client: an account on this device. 0 is none. */
typedef int64_t gw_client;

/* gw_open returns a new client, which is offline, or 0 and the reason in *error. config is JSON:

     {"jid": "user@example.com",     the account
      "password": "...",             not needed once a state was saved after a login
      "outbox": "/path/to/file",     where what was sent waits for the server; made if missing, and of this client alone
      "state": "...",                of the last event "save", or leave it out
      "transport": "link",           or "tls", "starttls", "plain"; "link" if left out
      "address": "host:port",        the domain of jid if left out
      "resource": "phone",           how the name of the device in the full JID begins; the server's choice if left out
      "ca": "-----BEGIN ...",        PEM of certificates to trust; the system's if left out
      "name": "...", "version": "..."   what others are told this software is} */
gw_client gw_open(const char *config, char **error);

/* gw_login logs in and begins a new session; gw_resume goes on with the one that there was, if it can. Both wait until that has succeeded or failed. */
char *gw_login(gw_client client, int64_t timeout_ms);
char *gw_resume(gw_client client, int64_t timeout_ms);

/* gw_connect has the client keep itself connected, as gw_resume connects: what it does for that is done in gw_next_event, which has to be waited in. It logs in when there is
   no connection, after pauses that grow, and sees now and then whether a silent connection still lives. gw_suspend ends that. */
void gw_connect(gw_client client);

/* gw_network_changed tells the name of the network that there is now, NULL or "" for none: what is learnt of a network is kept for each. gw_foreground tells whether somebody
   looks at the app. */
void gw_network_changed(gw_client client, const char *name);
void gw_foreground(gw_client client, int yes);

/* gw_next_event returns what happened next, as JSON, or NULL when nothing did within that time. "event" says what it is:

     "connection"  "state": "offline", "connecting" or "online"; "reason" why it is offline; "fatal" when no later attempt will be better
     "message"     "id", "archive_id", "from", "to", "chat", "type", "body", "time" (ms since 1970), "own", "archived", "xml"
     "delivery"    "id" of a message of ours, "chat"; "state": "accepted" (the server has it on its disk), "delivered", "read", or "failed" with a "reason"
     "seen"        another device of the account has displayed the "chat" up to the message "id"
     "presence"    "from", "type", "show", "status"
     "contact"     "jid", "name", "subscription", "ask"
     "save"        "state" is to be kept in place of the one before: it is secret, and belongs together with the messages before it

   Fields that are empty or false are left out. */
char *gw_next_event(gw_client client, int64_t timeout_ms);

/* gw_send sends a message and returns its id: it is in the outbox then, on the disk. NULL and a reason in *error if not. */
char *gw_send(gw_client client, const char *to, const char *body, char **error);

/* gw_send_payload is gw_send for a message of that type ("" for "chat") with the XML elements in payload, its body among them if it has one. */
char *gw_send_payload(gw_client client, const char *to, const char *type, const char *payload, char **error);

/* gw_mark_read tells the sender of a message, and the account's other devices, that it was displayed and with it all before it. */
char *gw_mark_read(gw_client client, const char *to, const char *id);

/* gw_set_presence says how present we are: show is "", "away", "chat", "dnd" or "xa", status in words. */
char *gw_set_presence(gw_client client, const char *show, const char *status);

/* gw_contact changes the roster: action is "set" (with a name), "remove", "subscribe", "approve", "deny" or "unsubscribe". It waits for the server. */
char *gw_contact(gw_client client, const char *action, const char *jid, const char *name);

/* gw_history returns a page of the archive, for scrolling back: at most max messages of a chat ("" for all) before the archive id ("" for the newest), as JSON
   {"messages": [...], "first": "...", "complete": true}, where first is the archive id to go on before, and complete says that there is nothing before it. It waits for the
   server. NULL and a reason in *error if there is none. */
char *gw_history(gw_client client, const char *chat, const char *before, int64_t max, char **error);

/* gw_suspend ends the connection and lets the server keep the session, for gw_resume; the events that follow from it end with "save". */
void gw_suspend(gw_client client);

/* gw_close ends the session and the client, whose number is void then. It waits for the server for not longer than that. */
void gw_close(gw_client client, int64_t timeout_ms);

/* gw_free frees what the library has returned; NULL is ignored. */
void gw_free(char *string);

#ifdef __cplusplus
}
#endif

#endif
