"""slixmpp in chat rooms: slixmpp_chat.py with more orders, each with a number, which its answer has too.

In:  {"n": 1, "do": "join" | "configure" | "say" | …, "room": address, …}, see the methods of the same names.
Out: {"event": "done" | "refused", "n": 1, …} answers an order; and what happens: {"event": "presence" | "said" |
     "subject" | "invited" | "changed" | "not-sent", …}
"""
import asyncio

from slixmpp import JID
from slixmpp.exceptions import IqError, IqTimeout, PresenceError
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

from slixmpp_chat import Chat, run, say

MODERATE = "urn:xmpp:message-moderate:1"
RETRACT = "urn:xmpp:message-retract:1"


def seen(presence):
    muc = presence["muc"]
    item = presence.xml.find("{http://jabber.org/protocol/muc#user}x/{http://jabber.org/protocol/muc#user}item")
    destroy = presence.xml.find("{http://jabber.org/protocol/muc#user}x/{http://jabber.org/protocol/muc#user}destroy")
    return {
        "nick": presence["from"].resource,
        "type": presence.xml.get("type", "available"),
        "role": muc["role"],
        "affiliation": muc["affiliation"],
        "codes": sorted(muc["status_codes"]),
        "reason": None if item is None else item.findtext("{*}reason"),
        "jid": None if item is None else item.get("jid"),
        "destroyed": None if destroy is None else destroy.findtext("{*}reason"),
        "hats": [hat.get("title") for hat in presence.xml.findall("{urn:xmpp:hats:0}hats/{urn:xmpp:hats:0}hat")],
    }


class Rooms(Chat):
    def __init__(self, options):
        super().__init__(options)
        for plugin in ("xep_0045", "xep_0203", "xep_0249", "xep_0313", "xep_0359"):
            self.register_plugin(plugin)
        # COMPAT(slixmpp, 1.8.3): it binds SCRAM to tls-unique, which TLS 1.3 does not have.
        self.plugin["feature_mechanisms"].use_mech = "PLAIN"
        self.muc = self.plugin["xep_0045"]
        # slixmpp tells of rooms only while it believes it is in them: going is seen here, too.
        self.register_handler(Callback("seen", StanzaPath("presence/muc"), self.shown))
        self.add_event_handler("groupchat_message", self.heard)
        self.add_event_handler("groupchat_subject", self.titled)
        self.add_event_handler("groupchat_invite", self.invited)
        self.add_event_handler("groupchat_config_status", self.configured)
        self.add_event_handler("groupchat_message_error", self.failed)

    def obey(self, order):
        if "do" not in order:
            return super().obey(order)
        asyncio.ensure_future(self.answer(order))

    async def answer(self, order):
        number, room = order["n"], JID(order["room"])
        try:
            answer = await getattr(self, order["do"])(room, order)
            say("done", n=number, **(answer or {}))
        except (IqError, PresenceError) as error:
            fault = error.presence["error"] if isinstance(error, PresenceError) else error.iq["error"]
            say("refused", n=number, condition=fault["condition"], text=fault["text"])
        except (IqTimeout, asyncio.TimeoutError):
            say("refused", n=number, condition="timeout", text="")

    # Orders.

    async def join(self, room, order):
        own, subject, occupants, history = await self.muc.join_muc_wait(
            room, order["nick"], maxstanzas=order.get("history"), password=order.get("password"), timeout=20
        )
        return {
            "self": seen(own),
            "subject": subject["subject"],
            "occupants": [presence["from"].resource for presence in occupants],
            "history": [
                {"nick": m["from"].resource, "body": m["body"], "stamp": m["delay"]["stamp"].isoformat()} for m in history
            ],
        }

    async def configure(self, room, order):
        form = await self.muc.get_room_config(room)
        fields = {name: field["type"] for name, field in form.get_fields().items()}
        for name, value in order["values"].items():
            form.get_fields()[name]["value"] = value
        await self.muc.set_room_config(room, form)
        return {"fields": fields}

    async def settings(self, room, order):
        form = await self.muc.get_room_config(room)
        return {"values": {name: field["value"] for name, field in form.get_fields().items()}}

    async def info(self, room, order):
        info = await self.plugin["xep_0030"].get_info(jid=room)
        return {
            "features": sorted(info["disco_info"]["features"]),
            "identities": [list(identity) for identity in info["disco_info"]["identities"]],
        }

    async def rooms(self, service, order):
        items = await self.plugin["xep_0030"].get_items(jid=service)
        return {"rooms": sorted([str(jid), name] for jid, _node, name in items["disco_items"]["items"])}

    async def say(self, room, order):
        self.send_message(room, order["body"], mtype="groupchat")

    async def title(self, room, order):
        self.muc.set_subject(room, order["subject"])

    async def role(self, room, order):
        await self.muc.set_role(room, order["nick"], order["role"], reason=order.get("reason", ""))

    async def affiliation(self, room, order):
        await self.muc.set_affiliation(
            room, order["affiliation"], jid=JID(order["jid"]), reason=order.get("reason", "")
        )

    async def affiliated(self, room, order):
        jids = await self.muc.get_affiliation_list(room, order["affiliation"])
        return {"jids": sorted(str(jid) for jid in jids)}

    async def invite(self, room, order):
        self.muc.invite(room, JID(order["jid"]), order["reason"])

    async def moderate(self, room, order):
        """By hand: Debian's slixmpp has an older version of XEP-0425."""
        child = ET.Element(f"{{{MODERATE}}}moderate", {"id": order["id"]})
        ET.SubElement(child, f"{{{RETRACT}}}retract")
        ET.SubElement(child, f"{{{MODERATE}}}reason").text = order["reason"]
        iq = self.make_iq_set(ito=room)
        iq.append(child)
        await iq.send()

    async def archive(self, room, order):
        """Everything, in pages as small as the order says."""
        found = []
        async for message in self.plugin["xep_0313"].iterate(room, rsm={"max": order["page"]}):
            forwarded = message["mam_result"]["forwarded"]
            said = forwarded["stanza"]
            found.append(
                {
                    "id": message["mam_result"]["id"],
                    "stamp": forwarded["delay"]["stamp"].isoformat(),
                    "nick": said["from"].resource,
                    "body": said["body"],
                    "subject": said["subject"],
                    "retracted": said.xml.find(f"{{{RETRACT}}}retracted") is not None,
                }
            )
        return {"messages": found}

    async def leave(self, room, order):
        self.muc.leave_muc(room, order["nick"])

    async def destroy(self, room, order):
        await self.muc.destroy(room, order["reason"])

    # What happens.

    def shown(self, presence):
        say("presence", room=presence["from"].bare, **seen(presence))

    def heard(self, message):
        delay = message.get_plugin("delay", check=True)
        say(
            "said",
            room=message["from"].bare,
            nick=message["from"].resource,
            body=message["body"],
            id=message["stanza_id"]["id"],
            late=delay is not None,
        )

    def titled(self, message):
        say("subject", room=message["from"].bare, nick=message["from"].resource, subject=message["subject"])

    def invited(self, message):
        invite = message["muc"]["invite"]
        say("invited", room=message["from"].bare, by=str(invite["from"]), reason=invite["reason"])

    def configured(self, message):
        say("changed", room=message["from"].bare, codes=sorted(message["muc"]["status_codes"]))

    def failed(self, message):
        say("not-sent", room=message["from"].bare, condition=message["error"]["condition"], text=message["error"]["text"])


run(Rooms)
