"""python3-nbxmpp, the library of Gajim, with a list of bookmarks: one JSON object per line in, one per line out.

In:  {"n": 1, "do": "store" | "read" | "retract", "how": "Native" | "PEP" | "Private", "rooms": [{"jid": …}, …]}
Out: {"event": "done" | "refused", "n": 1, …} answers an order; and what happens: {"event": "online" | "news" | "gone", …}
It wants the events of the nodes named by --wants.
"""
import argparse

from nbxmpp_client import OrderedClient, run, say
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import JID, Presence
from nbxmpp.structs import BookmarkData, DiscoIdentity


def written(bookmark):
    return {
        "jid": str(bookmark.jid),
        "name": bookmark.name,
        "nick": bookmark.nick,
        "autojoin": bookmark.autojoin,
        "extensions": bookmark.extensions is not None,
    }


class Keeper(OrderedClient):
    def __init__(self, options, loop):
        self.wants = options.wants
        super().__init__(options, loop, ("message", self.heard, {"ns": Namespace.PUBSUB_EVENT}))

    def online(self, *_):
        features = [Namespace.CAPS, Namespace.DISCO_INFO, *(f"{node}+notify" for node in self.wants)]
        caps = self.client.get_module("EntityCaps")
        caps.set_caps([DiscoIdentity(category="client", type="pc", name="test")], features, "urn:example:test")
        presence = Presence()
        known = {"hash": "sha-1", "node": caps.caps.node, "ver": caps.caps.ver}
        presence.addChild("c", namespace=Namespace.CAPS, attrs=known)
        self.client.send_stanza(presence)
        say("online", jid=str(self.client.get_bound_jid()))

    def obey(self, order):
        getattr(self, order["do"])(order, self.client.get_module(f"{order['how']}Bookmarks"))

    # Orders.

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


parser = argparse.ArgumentParser()
parser.add_argument("--wants", action="append", default=[])
run(Keeper, parser)
