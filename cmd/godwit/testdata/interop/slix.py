#!/usr/bin/env python3
"""A slixmpp client that a test steers: commands come as JSON lines on standard input, events leave as JSON lines on standard output.

    slix.py JID PASSWORD HOST PORT starttls|tls|plain CA [PLUGIN ...]

Commands: {"do": "send", "to", "body", "lang"}, {"do": "subscribe", "to"}, {"do": "roster"}, {"do": "presence", "show", "status"},
{"do": "quit"}. Events: session, message, presence, subscribe, roster, error, end.

With plugins of slixmpp there are more. {"do": "features"}: features, what the server and the account offer and the stream has. xep_0198: a lost connection is
not the end; {"do": "cut"} loses it, {"do": "back"} connects again; resumed or session; {"do": "ack"}: acked, when the
server has our count. xep_0280: {"do": "carbons"}: carbons; carbon.
xep_0313: {"do": "archive", "with", "max"}: archive, all pages of so many. xep_0352: {"do": "inactive"}, {"do": "active"}.

slixmpp has no plugin for XEP-0357, only stanzas. As the client of an app: {"do": "enable", "to", "node", "secret"}, {"do": "disable", "to", "node"}: done.
As the server of an app: {"do": "serve"}: serving; push, with what was published and with which options.
"""
import asyncio
import json
import logging
import sys

import slixmpp
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

PUSH = "{urn:xmpp:push:0}"
PUBSUB = "{http://jabber.org/protocol/pubsub}"
DATA = "{jabber:x:data}"


def tell(event, **more):
    print(json.dumps({"event": event, **more}, ensure_ascii=False), flush=True)


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca, plugins):
        super().__init__(jid, password)
        self.ca_certs = ca
        self.over = self.loop.create_future()
        self.stays = "xep_0198" in plugins
        self.reader = None
        for plugin in plugins:
            self.register_plugin(plugin)
        self.register_plugin("xep_0030")
        self.add_event_handler("session_resumed", lambda _: tell("resumed", me=str(self.boundjid)))
        self.add_event_handler("sm_failed", lambda _: tell("error", text="sm_failed"))
        for sort in ("received", "sent"):
            self.add_event_handler("carbon_" + sort, lambda m, sort=sort: self.carbon(m, sort))
        self.bind_no_channel()
        self.auto_authorize = True
        self.auto_subscribe = True
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("message", self.message)
        self.add_event_handler("changed_status", self.presence)
        self.add_event_handler("presence_subscribed", lambda p: tell("subscribed", **{"from": str(p["from"])}))
        self.add_event_handler("presence_subscribe", lambda p: tell("subscribe", **{"from": str(p["from"])}))
        self.add_event_handler("roster_update", self.roster_update)
        self.add_event_handler("failed_auth", lambda _: tell("error", text="failed_auth"))
        self.add_event_handler("stream_error", lambda e: tell("error", text=str(e)))
        self.add_event_handler("disconnected", self.ended)

    def bind_no_channel(self):
        """slixmpp 1.8 binds to the channel by tls-unique, which TLS 1.3 does not have, and says "y" (RFC 5802 §6) where it does not bind.
        A server that can bind must take that for an attack. So it is told that it cannot."""
        feature = self["feature_mechanisms"]
        feature.use_mechs = {"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"}
        feature.sasl_callback = lambda required, optional: {
            **feature._default_credentials(required, optional), "channel_binding": b""}

    async def started(self, _):
        tls = self.socket.version() or "" if hasattr(self.socket, "version") else ""
        tell("session", me=str(self.boundjid), mechanism=self["feature_mechanisms"].mech.name, tls=tls)
        await self.get_roster()
        tell("ready")  # messages that waited come behind this
        self.send_presence()
        if self.reader is None:
            self.reader = asyncio.ensure_future(self.commands())

    def ended(self, _):
        tell("end")
        if not self.stays and not self.over.done():
            self.over.set_result(None)

    def leave(self):
        self.stays = False
        self.disconnect(wait=2)

    def begin(self):
        if self.mode == "tls":
            self.connect(self.place, use_ssl=True)
        elif self.mode == "plain":
            self.connect(self.place, disable_starttls=True)
        else:
            self.connect(self.place, force_starttls=True)

    def carbon(self, m, sort):
        inner = m["carbon_" + sort]
        tell("carbon", type=sort, **{"from": str(inner["from"]), "to": str(inner["to"]), "body": inner["body"]})

    async def tell_features(self):
        found = ["stream:" + f for f in self.features]
        if "xep_0352" in self.plugin and self["xep_0352"].enabled:
            found.append("stream:csi")
        for jid in (self.boundjid.domain, self.boundjid.bare):
            info = await self["xep_0030"].get_info(jid=jid)
            found += info["disco_info"]["features"]
        tell("features", features=sorted(set(found)))

    async def tell_acked(self):
        self["xep_0198"].send_ack()
        await self["xep_0030"].get_info(jid=self.boundjid.domain)  # what is answered came behind it
        tell("acked")

    async def tell_carbons(self):
        try:
            await self["xep_0280"].enable()
            tell("carbons")
        except slixmpp.exceptions.IqError as e:
            tell("error", text="no carbons: " + e.condition)

    async def tell_archive(self, c):
        found = []
        try:
            async for m in self["xep_0313"].iterate(with_jid=slixmpp.JID(c["with"]), rsm={"max": c["max"]}):
                found.append(m["mam_result"]["forwarded"]["stanza"]["body"])
        except slixmpp.exceptions.IqError as e:
            tell("error", text="no archive: " + e.condition)
        tell("archive", texts=found)

    async def change_push(self, c):
        """Enables or disables pushes (XEP-0357 §5, §6)."""
        iq = self.make_iq_set()
        change = ET.SubElement(iq.xml, PUSH + c["do"], jid=c["to"], node=c["node"])
        if "secret" in c:
            form = ET.SubElement(change, DATA + "x", type="submit")
            for var, value in (("FORM_TYPE", "http://jabber.org/protocol/pubsub#publish-options"), ("secret", c["secret"])):
                field = ET.SubElement(form, DATA + "field", var=var)
                ET.SubElement(field, DATA + "value").text = value
        try:
            await iq.send()
            tell("done")
        except slixmpp.exceptions.IqError as e:
            tell("error", text=c["do"] + ": " + e.condition)

    def serve(self):
        """Takes pushes (XEP-0357 §7)."""
        self.register_handler(Callback("push", MatchXPath("{jabber:client}iq/" + PUBSUB + "pubsub"), self.pushed))
        tell("serving")

    def pushed(self, iq):
        fields = {f.get("var"): f.findtext(DATA + "value") for f in iq.xml.iter(DATA + "field")}
        publish = iq.xml.find(PUBSUB + "pubsub/" + PUBSUB + "publish")
        if publish is None or publish.find(PUBSUB + "item/" + PUSH + "notification") is None:
            tell("error", text="no notification: " + str(iq))
        else:
            tell("push", **{"from": str(iq["from"])}, node=publish.get("node"), items=fields, xml=str(iq))
        iq.reply().send()

    def message(self, m):
        if m["type"] == "error":
            tell("error", **{"from": str(m["from"]), "condition": m["error"]["condition"]})
            return
        tell("message", **{
            "from": str(m["from"]), "id": m["id"], "type": m["type"], "body": m["body"], "lang": m.get_lang(),
            "bodies": {b.get("{http://www.w3.org/XML/1998/namespace}lang", ""): b.text for b in m.xml.findall("{jabber:client}body")},
            "delayed": m.xml.find("{urn:xmpp:delay}delay") is not None,
        })

    def presence(self, p):
        tell("presence", **{"from": str(p["from"]), "type": p["type"], "status": p["status"]})

    def roster_update(self, _):
        self.roster_tell()

    def roster_tell(self):
        roster = self.client_roster
        tell("roster", items={j: roster[j]["subscription"] for j in roster})

    async def commands(self):
        reader = asyncio.StreamReader(limit=1 << 20)
        await self.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            self.obey(json.loads(line))
        self.leave()

    def obey(self, c):
        if c["do"] == "send":
            m = self.make_message(mto=c["to"], mtype="chat")
            m["id"] = self.new_id()
            m["body|" + c["lang"] if c.get("lang") else "body"] = c["body"]
            m.send()
            tell("sent", id=m["id"])
        elif c["do"] == "subscribe":
            self.send_presence(pto=c["to"], ptype="subscribe")
        elif c["do"] == "roster":
            self.roster_tell()
        elif c["do"] == "presence":
            self.send_presence(pshow=c.get("show"), pstatus=c.get("status"))
        elif c["do"] == "quit":
            self.leave()
        elif c["do"] == "cut":
            self.abort()
        elif c["do"] == "back":
            self.begin()
        elif c["do"] == "features":
            asyncio.ensure_future(self.tell_features())
        elif c["do"] == "ack":
            asyncio.ensure_future(self.tell_acked())
        elif c["do"] == "carbons":
            asyncio.ensure_future(self.tell_carbons())
        elif c["do"] == "archive":
            asyncio.ensure_future(self.tell_archive(c))
        elif c["do"] in ("enable", "disable"):
            asyncio.ensure_future(self.change_push(c))
        elif c["do"] == "serve":
            self.serve()
        elif c["do"] == "inactive":
            self["xep_0352"].send_inactive()
        elif c["do"] == "active":
            self["xep_0352"].send_active()


def main():
    jid, password, host, port, mode, ca, *plugins = sys.argv[1:]
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    client = Client(jid, password, ca, plugins)
    client.place, client.mode = (host, int(port)), mode
    client.begin()
    client.loop.run_until_complete(client.over)


main()
