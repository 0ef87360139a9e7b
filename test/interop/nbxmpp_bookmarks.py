"""python3-nbxmpp, the library of Gajim, with a list of bookmarks: one JSON object per line in, one per line out.

In:  {"n": 1, "do": "store" | "read" | "retract", "how": "Native" | "PEP" | "Private", "rooms": [{"jid": …}, …]}
Out: {"event": "done" | "refused", "n": 1, …} answers an order; and what happens: {"event": "online" | "news" | "gone", …}
It wants the events of the nodes named by --wants.
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
from nbxmpp.protocol import JID, Presence
from nbxmpp.structs import BookmarkData, DiscoIdentity, StanzaHandler


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), file=OUT, flush=True)


def written(bookmark):
    return {
        "jid": str(bookmark.jid),
        "name": bookmark.name,
        "nick": bookmark.nick,
        "autojoin": bookmark.autojoin,
        "extensions": bookmark.extensions is not None,
    }


class Keeper:
    def __init__(self, options, loop):
        # GLib trusts what the system trusts; here the one authority of the test and no other.
        Gio.TlsBackend.get_default().set_default_database(Gio.TlsFileDatabase.new(options.ca))
        jid = JID.from_string(options.jid)
        self.loop = loop
        self.wants = options.wants
        self.client = client = Client()
        client.set_domain(jid.domain)
        client.set_username(jid.localpart)
        client.set_resource(options.resource)
        client.set_password(os.environ["XMPP_PASSWORD"])
        client.set_custom_host(f"localhost:{options.port}", ConnectionProtocol.TCP, ConnectionType.START_TLS)
        client.subscribe("connected", self.online)
        client.subscribe("disconnected", self.gone)
        client.subscribe("connection-failed", self.gone)
        client.register_handler(StanzaHandler(name="message", callback=self.heard, ns=Namespace.PUBSUB_EVENT))
        client.connect()

    def online(self, *_):
        features = [Namespace.CAPS, Namespace.DISCO_INFO, *(f"{node}+notify" for node in self.wants)]
        caps = self.client.get_module("EntityCaps")
        caps.set_caps([DiscoIdentity(category="client", type="pc", name="test")], features, "urn:example:test")
        presence = Presence()
        known = {"hash": "sha-1", "node": caps.caps.node, "ver": caps.caps.ver}
        presence.addChild("c", namespace=Namespace.CAPS, attrs=known)
        self.client.send_stanza(presence)
        say("online", jid=str(self.client.get_bound_jid()))

    def gone(self, *_):
        domain, error, text = self.client.get_error()
        say("gone", domain=domain and str(domain), error=error, text=text)
        self.loop.quit()

    def told(self, line):
        if not line:
            return self.client.disconnect()
        order = json.loads(line)
        getattr(self, order["do"])(order, self.client.get_module(f"{order['how']}Bookmarks"))

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

    def read(self, order, module):
        self.answer(order, module.request_bookmarks(), lambda found: {"rooms": [written(one) for one in found]})

    def store(self, order, module):
        rooms = [BookmarkData(**{**room, "jid": JID.from_string(room["jid"])}) for room in order["rooms"]]
        # It does not wait for the server itself: what comes of it is seen by others.
        module.store_bookmarks(rooms)
        say("done", n=order["n"])

    def retract(self, order, module):
        room = JID.from_string(order["rooms"][0]["jid"])
        self.answer(order, module.retract_bookmark(room), lambda _: {})

    # What happens.

    def heard(self, _client, _stanza, properties):
        if not properties.is_pubsub_event:
            return
        event = properties.pubsub_event
        data = event.data if isinstance(event.data, list) else [event.data] if event.data else []
        say("news", node=event.node, id=event.id, retracted=event.retracted, rooms=[written(one) for one in data])


def read_lines(keeper):
    rest = b""

    def read(source, _condition):
        nonlocal rest
        chunk = os.read(source, 65536)
        if not chunk:
            keeper.told("")
            return False
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            keeper.told(line)
        return True

    return read


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("jid")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--resource", required=True)
    parser.add_argument("--wants", action="append", default=[])
    loop = GLib.MainLoop()
    keeper = Keeper(parser.parse_args(), loop)
    GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, read_lines(keeper))
    loop.run()


main()
