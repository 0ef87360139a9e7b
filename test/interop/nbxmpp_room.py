"""python3-nbxmpp, the library of Gajim, in a chat room: told what to do, one JSON object per line in, one per line out.

In:  {"n": 1, "do": "info" | "join" | "say" | "archive" | "leave", "room": address, …}
Out: {"event": "done" | "refused", "n": 1, …} answers an order; and what happens: {"event": "online" | "presence" |
     "said" | "subject" | "refused" | "gone", …}
"""
from nbxmpp_client import OrderedClient, run, say
from gi.repository import GLib
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import JID, Message, Presence


def iso(timestamp):
    moment = GLib.DateTime.new_from_unix_utc(int(timestamp))
    return f"{moment.format('%Y-%m-%dT%H:%M:%S')}.{int(timestamp * 1000) % 1000:03d}Z"


class Person(OrderedClient):
    def __init__(self, options, loop):
        self.nicks = {}
        super().__init__(options, loop, ("presence", self.seen, {}), ("message", self.heard, {}))

    def online(self, *_):
        self.client.send_stanza(Presence())
        say("online", jid=str(self.client.get_bound_jid()), tls=self.client.tls_version.value_nick)

    def obey(self, order):
        getattr(self, order["do"])(order["room"], order)

    # Orders.

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


run(Person)
