"""A slixmpp client that is told what to do: one JSON object per line in, one per line out.

In:  {"to": address, "body": text} sends a message; {"leave": true} logs out;
     {"contact": address, "name": text, "group": text} asks somebody to be a contact.
Out: {"event": "online" | "message" | "friend" | "refused" | "stream-error" | "gone", ...}
With --answer it answers every message by "re: " and the message.
"""
import argparse
import asyncio
import json
import os
import sys

import slixmpp


# What libraries print goes elsewhere: every line of ours is JSON.
OUT, sys.stdout = sys.stdout, sys.stderr


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), file=OUT, flush=True)


class Chat(slixmpp.ClientXMPP):
    def __init__(self, options):
        super().__init__(options.jid, os.environ["XMPP_PASSWORD"])
        self.ca_certs = options.ca
        self.answers = options.answer
        self.is_leaving = False
        self.left = asyncio.get_event_loop().create_future()
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("message", self.got)
        self.add_event_handler("changed_subscription", self.changed)
        self.add_event_handler("failed_all_auth", lambda _: self.over("refused", reason="authentication"))
        self.add_event_handler("ssl_invalid_chain", lambda e: self.over("refused", reason=str(e)))
        self.add_event_handler("stream_error", lambda e: say("stream-error", condition=e["condition"]))
        self.add_event_handler("disconnected", lambda _: self.over("gone"))

    async def started(self, _):
        self.send_presence()
        await self.get_roster()
        cipher = self.transport.get_extra_info("cipher")
        say("online", jid=self.boundjid.full, tls=cipher and cipher[1])

    def got(self, message):
        if not message["body"]:
            return
        say("message", **{"from": message["from"].bare}, body=message["body"], type=message["type"])
        if self.answers and not message["body"].startswith("re: "):
            self.send_message(message["from"], "re: " + message["body"], mtype="chat")

    def changed(self, presence):
        if presence["type"] == "subscribed":
            say("friend", jid=presence["from"].bare)

    def over(self, event, **fields):
        say(event, **fields)
        if not self.left.done():
            self.left.set_result(None)

    def told(self, line):
        if not line:
            return self.disconnect()
        self.obey(json.loads(line))

    def obey(self, order):
        if order.get("leave"):
            self.disconnect()
        elif "contact" in order:
            self.update_roster(order["contact"], name=order.get("name"), groups=[order["group"]])
            self.send_presence_subscription(order["contact"])
        else:
            self.send_message(order["to"], order["body"], mtype="chat")


async def main(client):
    parser = argparse.ArgumentParser()
    parser.add_argument("jid")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--answer", action="store_true")
    options = parser.parse_args()
    chat = client(options)
    chat.connect(("127.0.0.1", options.port))
    loop = asyncio.get_event_loop()
    loop.add_reader(sys.stdin.fileno(), read_lines(chat))
    await chat.left


def read_lines(chat):
    """Not sys.stdin.readline: what it has buffered would wait for the next line to come."""
    rest = b""

    def read():
        nonlocal rest
        chunk = os.read(sys.stdin.fileno(), 65536)
        if not chunk:
            asyncio.get_event_loop().remove_reader(sys.stdin.fileno())
            return chat.told("")
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            chat.told(line)

    return read


def run(client):
    asyncio.get_event_loop().run_until_complete(main(client))


if __name__ == "__main__":
    run(Chat)
