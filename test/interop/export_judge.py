"""Reads an export with the programs of Python's own library and prints what it holds: {"bodies": [...], "notes": ...}."""
import csv
import email
import email.policy
import io
import json
import os
import sys
import xml.etree.ElementTree as ET
import zipfile

folder = sys.argv[1]
NS = "{urn:interoffice:export:1}"


def parts(extension):
    names = sorted(n for n in os.listdir(folder) if n.startswith("messages-") and n.endswith(extension))
    assert names, f"no messages-*{extension}"
    return [os.path.join(folder, name) for name in names]


def zipped(extension):
    for part in parts(extension):
        with zipfile.ZipFile(part) as archive:
            assert archive.testzip() is None
            for info in archive.infolist():
                assert not info.filename.startswith("/") and ".." not in info.filename
                yield archive.read(info)


def mail(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for one in message.walk():
        assert not one.defects, one.defects
        for name, value in one.items():
            assert not getattr(value, "defects", ()), (name, value.defects)
    return message


def jsonl():
    return [json.loads(line).get("body") for part in parts(".jsonl") for line in open(part, encoding="utf-8")]


def csv_():
    rows = []
    for part in parts(".csv"):
        with open(part, encoding="utf-8-sig", newline="") as file:
            rows += [row["body"] for row in csv.DictReader(file, strict=True)]
    return rows


def xml():
    return [e.findtext(f"{NS}body") for part in parts(".xml") for e in ET.parse(part).getroot().iter(f"{NS}message")]


def eml():
    return [mail(raw).get_content().replace("\r\n", "\n").rstrip("\n") for raw in zipped(".eml.zip")]


def eml_day():
    return [mail(raw).get_content() for raw in zipped(".eml.zip")]


def rsmf():
    bodies = []
    for raw in zipped(".rsmf.zip"):
        message = mail(raw)
        assert message["X-RSMF-Version"] == "2.0.0"
        (attached,) = message.iter_attachments()
        assert attached.get_filename() == "rsmf.zip"
        with zipfile.ZipFile(io.BytesIO(attached.get_payload(decode=True))) as archive:
            manifest = json.loads(archive.read("rsmf_manifest.json"))
        people = {p["id"] for p in manifest["participants"]}
        conversations = {c["id"] for c in manifest["conversations"]}
        ids = {e["id"] for e in manifest["events"]}
        assert int(message["X-RSMF-EventCount"]) == len(manifest["events"]) == len(ids)
        for event in manifest["events"]:
            assert event["participant"] in people and event["conversation"] in conversations
            assert event.get("parent") is None or event["parent"] in ids
            assert event["type"] in ("message", "disclaimer", "join", "leave", "history", "unknown")
            bodies.append(event["body"])
    return bodies


def pdf():
    return [raw[:8].decode("latin1") for raw in zipped(".pdf.zip")]


readers = {"jsonl": jsonl, "csv": csv_, "xml": xml, "eml": eml, "eml-day": eml_day, "rsmf": rsmf, "pdf": pdf}
print(json.dumps(readers[sys.argv[2]]()))
