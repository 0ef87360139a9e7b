"""What the scripts with python3-nbxmpp, the library of Gajim, share: one JSON object per line in, one per line out.

In:  {"n": 1, "do": name of a method of the script, …}
Out: {"event": "done" | "refused", "n": 1, …} answers an order; {"event": "online" | "gone", …} and what else happens.
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
from nbxmpp.protocol import JID
from nbxmpp.structs import StanzaHandler


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), file=OUT, flush=True)


class OrderedClient:
    """Connects, and does what it is told until its input ends. A script adds `online`, `obey` and its handlers."""

    def __init__(self, options, loop, *handlers):
        # GLib trusts what the system trusts; here the one authority of the test and no other.
        Gio.TlsBackend.get_default().set_default_database(Gio.TlsFileDatabase.new(options.ca))
        jid = JID.from_string(options.jid)
        self.loop = loop
        self.client = client = Client()
        client.set_domain(jid.domain)
        client.set_username(jid.localpart)
        client.set_resource(options.resource)
        client.set_password(os.environ["XMPP_PASSWORD"])
        client.set_custom_host(f"localhost:{options.port}", ConnectionProtocol.TCP, ConnectionType.START_TLS)
        client.subscribe("connected", self.online)
        client.subscribe("disconnected", self.gone)
        client.subscribe("connection-failed", self.gone)
        for name, callback, more in handlers:
            client.register_handler(StanzaHandler(name=name, callback=callback, **more))
        client.connect()

    def gone(self, *_):
        domain, error, text = self.client.get_error()
        say("gone", domain=domain and str(domain), error=error, text=text)
        self.loop.quit()

    def told(self, line):
        if not line:
            return self.client.disconnect()
        self.obey(json.loads(line))

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


def read_lines(client):
    rest = b""

    def read(source, _condition):
        nonlocal rest
        chunk = os.read(source, 65536)
        if not chunk:
            client.told("")
            return False
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            client.told(line)
        return True

    return read


def run(make, parser=None):
    """`make(options, loop)` gives the client of the script."""
    parser = parser or argparse.ArgumentParser()
    parser.add_argument("jid")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--resource", default="gajim")
    loop = GLib.MainLoop()
    client = make(parser.parse_args(), loop)
    GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, read_lines(client))
    loop.run()
