"""python3-nbxmpp, the library of Gajim, in a chat room: told what to do, one JSON object per line in, one per line out.

In:  {"n": 1, "do": "info" | "join" | "say" | "archive" | "leave", "room": address, …}
Out: {"event": "done" | "refused", "n": 1, …} answers an order; and what happens: {"event": "online" | "presence" |
     "said" | "subject" | "refused" | "gone", …}
"""
import argparse
import json
import os
import sys

# What libraries print goes elsewhere: every line of ours is JSON.
OUT, sys.stdout = sys.stdout, sys.stderr

from gi.repository import Gio, GLib
from nbxmpp.client import Client
from nbxmpp.const import ConnectionProtocol, ConnectionType
from nbxmpp.errors import is_error
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import JID, Message, Presence
from nbxmpp.structs import StanzaHandler


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), file=OUT, flush=True)


def iso(timestamp):
    moment = GLib.DateTime.new_from_unix_utc(int(timestamp))
    return f"{moment.format('%Y-%m-%dT%H:%M:%S')}.{int(timestamp * 1000) % 1000:03d}Z"


class Person:
    def __init__(self, options, loop):
        # GLib trusts what the system trusts; here the one authority of the test and no other.
        Gio.TlsBackend.get_default().set_default_database(Gio.TlsFileDatabase.new(options.ca))
        jid = JID.from_string(options.jid)
        self.loop = loop
        self.nicks = {}
        self.client = client = Client()
        client.set_domain(jid.domain)
        client.set_username(jid.localpart)
        client.set_resource("gajim")
        client.set_password(os.environ["XMPP_PASSWORD"])
        client.set_custom_host(f"localhost:{options.port}", ConnectionProtocol.TCP, ConnectionType.START_TLS)
        client.subscribe("connected", self.online)
        client.subscribe("disconnected", self.gone)
        client.subscribe("connection-failed", self.gone)
        client.register_handler(StanzaHandler(name="presence", callback=self.seen))
        client.register_handler(StanzaHandler(name="message", callback=self.heard))
        client.connect()

    def online(self, *_):
        self.client.send_stanza(Presence())
        say("online", jid=str(self.client.get_bound_jid()), tls=self.client.tls_version.value_nick)

    def gone(self, *_):
        domain, error, text = self.client.get_error()
        say("gone", domain=domain and str(domain), error=error, text=text)
        self.loop.quit()

    def told(self, line):
        if not line:
            return self.client.disconnect()
        order = json.loads(line)
        getattr(self, order["do"])(order["room"], order)

    # Orders.

    def answer(self, order, task, fields):
        def finished(task):
            try:
                say("done", n=order["n"], **fields(task.finish()))
            except Exception as error:
                if not is_error(error):
                    raise
                say("refused", n=order["n"], condition=error.condition, text=error.get_text())

        # It keeps no callback alive unless it is told to.
        task.add_done_callback(finished, weak=False)

    def info(self, room, order):
        def fields(result):
            info = result.info
            return {
                "name": info.muc_name,
                "description": info.muc_description,
                "archive": info.has_mam_2,
                "persistent": info.muc_is_persistent,
                "moderated": info.muc_is_moderated,
                "open": info.muc_is_open,
            }

        self.answer(order, self.client.get_module("MUC").request_info(JID.from_string(room)), fields)

    def join(self, room, order):
        self.nicks[room] = order["nick"]
        presence = Presence(to=f"{room}/{order['nick']}")
        muc = presence.addChild("x", namespace=Namespace.MUC)
        muc.addChild("history", attrs={"maxstanzas": str(order["history"])})
        self.client.send_stanza(presence)
        say("done", n=order["n"])

    def say(self, room, order):
        self.client.send_stanza(Message(to=room, body=order["body"], typ="groupchat"))
        say("done", n=order["n"])

    def archive(self, room, order):
        def fields(result):
            return {"complete": result.complete, "last": result.rsm.last}

        page = {"queryid": f"order-{order['n']}", "after": order.get("after"), "max_": order["page"]}
        self.answer(order, self.client.get_module("MAM").make_query(JID.from_string(room), **page), fields)

    def leave(self, room, order):
        self.client.send_stanza(Presence(to=f"{room}/{self.nicks[room]}", typ="unavailable"))
        say("done", n=order["n"])

    # What happens.

    def seen(self, _client, _stanza, properties):
        if not properties.from_muc:
            return
        user = properties.muc_user
        say(
            "presence",
            nick=properties.muc_nickname,
            type=properties.type.value or "available",
            self=properties.is_muc_self_presence,
            role=user and user.role and user.role.value,
            affiliation=user and user.affiliation and user.affiliation.value,
            photo=properties.avatar_sha,
            occupant=properties.occupant_id,
        )

    def heard(self, _client, _stanza, properties):
        if properties.mam is not None:
            say(
                "archived",
                query=properties.mam.query_id,
                id=properties.mam.id,
                stamp=iso(properties.mam.timestamp),
                nick=properties.muc_nickname,
                body=properties.body,
                occupant=properties.occupant_id,
            )
        elif properties.is_muc_subject:
            subject = properties.muc_subject
            say("subject", nick=subject.author, subject=subject.text, stamp=subject.timestamp and iso(subject.timestamp))
        elif properties.from_muc and properties.body:
            say(
                "said",
                nick=properties.muc_nickname,
                body=properties.body,
                late=properties.has_server_delay,
                stamp=iso(properties.timestamp),
                id=next((given.id for given in properties.stanza_ids), None),
                occupant=properties.occupant_id,
            )


def read_lines(person):
    rest = b""

    def read(source, _condition):
        nonlocal rest
        chunk = os.read(source, 65536)
        if not chunk:
            person.told("")
            return False
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            person.told(line)
        return True

    return read


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("jid")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True)
    loop = GLib.MainLoop()
    person = Person(parser.parse_args(), loop)
    GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, read_lines(person))
    loop.run()


main()
