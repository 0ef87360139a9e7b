#!/usr/bin/env python3
"""Verifies what Interoffice has exported, without Interoffice: no database, no network, none of its packages.

Needs Python 3.9 or newer and Debian's python3-cryptography. Read README.md for how to use it, ../bundle.md for what an
export consists of, ../canonical-form.md and ../log.md for what is hashed and signed. Written from those pages alone.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import struct
import sys

sha256 = hashlib.sha256
NULL = b"\xff\xff\xff\xff"
SOURCES = {"journal": 1, "audit": 2}
PACK_I = struct.Struct(">i").pack
ENTRY_BYTES = 41
NEEDED = ("records.jsonl", "proof.bin", "checkpoint", "keys.json")
OWN_FILES = ("manifest.json", "manifest.note")


class Refused(Exception):
    """What is verified is not what was exported; the message says why."""


# --- canonical form -----------------------------------------------------------------------------------------------

# id, at, author_id, receiver_id: 8 bytes each, with their lengths. Without `about`, which may be null.
HEAD = struct.Struct(">i8siqiqiq").pack
# policy_version, size: 4 bytes; kind, verdict, retention_class: 2 bytes.
FACTS = struct.Struct(">iiiiihihih").pack


def texts(values):
    """Fields of text, each with its length; null is the length -1."""
    parts = []
    for value in values:
        if value is None:
            parts.append(NULL)
        else:
            encoded = value.encode()
            parts.append(PACK_I(len(encoded)))
            parts.append(encoded)
    return b"".join(parts)


def journal_leaf(r):
    """The leaf of a row of the journal; None when its content was disposed of."""
    if "stanza" in r:
        stanza = r["stanza"].encode()
    elif r.get("stanza_hex"):
        # Of a row that somebody has damaged: no text any more.
        stanza = bytes.fromhex(r["stanza_hex"])
    else:
        return None
    about = r["about"]
    body = r.get("body")
    fields = b"".join(
        (
            bytes.fromhex(r["salt"]),
            b"\x01",
            HEAD(8, bytes.fromhex(r["id"]), 8, r["at_us"], 8, r["author_id"], 8, r["receiver_id"]),
            NULL if about is None else b"\x00\x00\x00\x08" + bytes.fromhex(about),
            FACTS(4, r["policy_version"], 4, r.get("size", len(stanza)), 2, r["kind"], 2, r["verdict"], 2, r["retention_class"]),
            texts(
                (
                    r["author"],
                    r["author_device"],
                    r["author_office"],
                    r["receiver"],
                    r["receiver_device"],
                    r["receiver_office"],
                    r["room"],
                    r["peer"],
                    r["gateway"],
                    r["decision_id"],
                    r["stanza_id"],
                    r["origin_id"],
                    r["thread"],
                )
            ),
            PACK_I(len(stanza)),
            stanza,
            texts((body,)),
        )
    )
    return sha256(fields).digest()


def audit_leaf(r):
    """The leaf of a row of the audit log."""
    fields = (
        bytes.fromhex(r["salt"])
        + b"\x02"
        + struct.pack(">i8siq", 8, bytes.fromhex(r["id"]), 8, r["at_us"])
        + texts((r["actor"], r["actor_role"], r["action"], r["subject"], r["reason"], r["details"], r["remote"]))
    )
    return sha256(fields).digest()


LEAVES = {"journal": journal_leaf, "audit": audit_leaf}


# --- Merkle tree (RFC 9162 section 2.1) ---------------------------------------------------------------------------


def leaf_hash(entry):
    return sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """The first `size` leaves of a log, of which some are known and the rest comes as hashes of whole subtrees."""

    def __init__(self, size, proof=b""):
        self.size = size
        self.proof = proof
        self.used = 0
        self.done = 0
        self.is_short = False
        self.peaks = []

    def push(self, count, root):
        peaks = self.peaks
        while peaks and peaks[-1][0] == count:
            root = node_hash(peaks.pop()[1], root)
            count *= 2
        peaks.append((count, root))

    def fill(self, end):
        at = self.done
        while at < end:
            count = largest_at(at, end, self.size)
            root = self.proof[self.used : self.used + 32]
            self.used += 32
            if len(root) != 32:
                self.is_short = True
                root = b"\x00" * 32
            self.push(count, root)
            at += count
        self.done = end

    def add(self, position, leaf):
        if position != self.done:
            if position < self.done or position >= self.size:
                return False
            self.fill(position)
        elif position >= self.size:
            return False
        self.push(1, leaf)
        self.done = position + 1
        return True

    def root(self):
        """None when there were too few hashes, or too many."""
        self.fill(self.size)
        if self.is_short or self.used != len(self.proof) or not self.peaks:
            return None
        root = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            root = node_hash(left, root)
        return root


def largest_at(start, end, size):
    """Leaves of the largest subtree that begins at `start` and ends by `end`."""
    aligned = start & -start if start else 1 << size.bit_length()
    if end == size and size - start <= aligned:
        return size - start
    while aligned > end - start:
        aligned //= 2
    return aligned


# --- signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature) -------------------------------------------

ED25519, COSIGNATURE = 1, 4


class Key:
    """A public key, written name+hash+base64."""

    def __init__(self, text):
        match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)", text.strip())
        raw = base64.b64decode(match.group(3)) if match else b""
        if len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
            raise Refused(f"'{text}' is no key: it is written name+hash+base64, of Ed25519.")
        self.text, self.name, self.kind, self.raw = text.strip(), match.group(1), raw[0], raw[1:]
        self.hash = sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        if self.hash.hex() != match.group(2):
            raise Refused(f"The hash in the key of {self.name} is of another key.")

    def has_signed(self, note):
        for name, key_hash, signature in note.signatures:
            if name == self.name and key_hash == self.hash and self.fits(note.text, signature):
                return True
        return False

    def fits(self, text, signature):
        if self.kind == ED25519:
            return verified(self.raw, signature, text.encode())
        if len(signature) != 72:
            return False
        seconds = struct.unpack(">Q", signature[:8])[0]
        return verified(self.raw, signature[8:], f"cosignature/v1\ntime {seconds}\n{text}".encode())


def verified(key, signature, message):
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except InvalidSignature:
        return False


class Note:
    """A signed note in its parts."""

    def __init__(self, text, name):
        head, found, tail = text.rpartition("\n\n")
        if not found or not tail.endswith("\n"):
            raise Refused(f"{name} is no signed note.")
        self.text = head + "\n"
        self.signatures = []
        for line in tail[:-1].split("\n"):
            match = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/]+=*)", line)
            if not match:
                raise Refused(f"{name} is no signed note.")
            raw = base64.b64decode(match.group(2))
            self.signatures.append((match.group(1), raw[:4], raw[4:]))


def checkpoint_of(note):
    """Origin, size and root."""
    lines = note.text.split("\n")
    if len(lines) < 4 or not re.fullmatch(r"0|[1-9]\d{0,15}", lines[1]):
        raise Refused("checkpoint does not say origin, size and root.")
    root = base64.b64decode(lines[2])
    if len(root) != 32:
        raise Refused("checkpoint does not say origin, size and root.")
    return lines[0], int(lines[1]), root


class Policy:
    """Whose signatures are asked for: lines `log KEY [until SIZE]`, `witness KEY`, `quorum N`; # begins a remark."""

    def __init__(self, text):
        self.keys, self.witnesses, self.quorum = [], [], 0
        for number, raw in enumerate(text.split("\n"), 1):
            words = raw.split("#")[0].split()
            if not words:
                continue
            if words[0] == "log" and len(words) == 2:
                self.keys.append([Key(words[1]), 0, None, False])
            elif words[0] == "log" and len(words) == 4 and words[2] == "until" and words[3].isdigit():
                self.keys.append([Key(words[1]), 0, int(words[3]), True])
            elif words[0] == "witness" and len(words) == 2:
                self.witnesses.append(Key(words[1]))
            elif words[0] == "quorum" and len(words) == 2 and words[1].isdigit():
                self.quorum = int(words[1])
            else:
                raise Refused(f"Line {number} of the policy is none: '{raw.strip()}'.")
        if not self.keys:
            raise Refused("The policy names no key of a log: write a line 'log KEY'.")
        if self.quorum > len(self.witnesses):
            raise Refused(f"The policy asks for {self.quorum} witnesses and names {len(self.witnesses)}.")

    def follow(self, history):
        """Keys of the history that a key that is believed has handed over to; a stolen one hands over to none."""
        for one in history:
            key = Key(one["key"])
            until = one.get("until")
            known = next((k for k in self.keys if k[0].raw == key.raw and k[0].name == key.name), None)
            if known:
                if until is not None:
                    known[2] = until if known[2] is None else min(known[2], until)
                known[3] = known[3] or one.get("stolen") is True
            elif self.is_handed_over(key, one):
                self.keys.append([key, one["from"], until, one.get("stolen") is True])

    def is_handed_over(self, key, one):
        if not one.get("handover"):
            return False
        note = Note(one["handover"], "A handover in keys.json")
        size = one["from"]
        if note.text != f"interoffice/key/v1\n{key.name}\n{key.text}\n{size}\n" or not key.has_signed(note):
            return False
        return any(
            not ended and size >= start and (until is None or size <= until) and old.has_signed(note)
            for old, start, until, ended in self.keys
        )

    def accepts(self, note, size):
        return any(
            size > start and (until is None or size <= until) and key.has_signed(note)
            for key, start, until, _ in self.keys
        )


# --- exports -------------------------------------------------------------------------------------------------------


def read(folder, name, mode="r"):
    try:
        with open(os.path.join(folder, name), mode, **({} if "b" in mode else {"encoding": "utf-8", "newline": ""})) as file:
            return file.read()
    except FileNotFoundError:
        raise Refused(f"{name} is missing.") from None
    except UnicodeDecodeError:
        raise Refused(f"{name} is no UTF-8.") from None


def parsed(text, name):
    try:
        return json.loads(text)
    except ValueError:
        raise Refused(f"{name} is no JSON.") from None


def sum_of(path):
    digest = sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def check_files(folder, manifest):
    named = {}
    for file in manifest["files"]:
        name = file["path"]
        if name in named:
            raise Refused("The manifest names a file twice.")
        if name.startswith("/") or ".." in name.split("/"):
            raise Refused(f"{name} lies outside of the export.")
        named[name] = file
    for name in NEEDED:
        if name not in named:
            raise Refused(f"The manifest does not name {name}.")
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), folder)
            if path not in named and path not in OWN_FILES:
                raise Refused(f"{path} is not in the manifest: it was not exported.")
    for name, file in named.items():
        path = os.path.join(folder, name)
        if not os.path.isfile(path) or os.path.islink(path):
            raise Refused(f"{name} is missing.")
        if os.path.getsize(path) != file["size"]:
            raise Refused(f"{name} has {os.path.getsize(path)} bytes, the manifest says {file['size']}.")
        if sum_of(path) != file["sha256"]:
            raise Refused(f"{name} was changed: its SHA-256 is another.")


def check_records(folder, size, root, report):
    """Every record against its leaf; all leaves, with the hashes beside them, against the root that was signed."""
    tree = Tree(size, read(folder, "proof.bin", "rb"))
    records = disposed = 0
    add = tree.add
    with open(os.path.join(folder, "records.jsonl"), "rb") as lines:
        for line in lines:
            records += 1
            try:
                r = json.loads(line)
                if "leaf" in r and len(r["leaf"]) != 64 or len(r["salt"]) != 32 or len(r["id"]) != 16:
                    raise ValueError
                source = r["source"]
                leaf = LEAVES[source](r)
                said = bytes.fromhex(r["leaf"])
                position = r["position"]
                entry = bytes((SOURCES[source],)) + bytes.fromhex(r["id"]) + said
            except (ValueError, KeyError, TypeError, AttributeError, struct.error):
                raise Refused(f"Line {records} of records.jsonl is no record.") from None
            if leaf is None:
                disposed += 1
            elif leaf != said:
                report(position, r["id"], "is not what was sealed")
            if not add(position, sha256(b"\x00" + entry).digest()):
                raise Refused(f"Record {r['id']} is not in the order of the log, or outside of it.")
    found = tree.root()
    if found is None:
        raise Refused("proof.bin has too few or too many hashes.")
    if found != root:
        raise Refused("The records and proof.bin do not give the root of the checkpoint: a record was changed, added or left out.")
    return records, disposed


def trusted_checkpoint(folder, policy):
    history = parsed(read(folder, "keys.json"), "keys.json")
    if not isinstance(history, dict) or not isinstance(history.get("keys"), list):
        raise Refused("keys.json is no history of keys.")
    policy.follow(history["keys"])
    note = Note(read(folder, "checkpoint"), "checkpoint")
    origin, size, root = checkpoint_of(note)
    if not policy.accepts(note, size):
        raise Refused(f"The checkpoint of {size} entries is not signed by a key of the policy that is valid for it.")
    witnesses = sum(witness.has_signed(note) for witness in policy.witnesses)
    if witnesses < policy.quorum:
        raise Refused(f"{witnesses} witnesses have signed the checkpoint, the policy asks for {policy.quorum}.")
    return origin, size, root, witnesses


def verify_export(folder, policy):
    text = read(folder, "manifest.json", "rb")
    manifest = parsed(text, "manifest.json")
    if not isinstance(manifest, dict) or manifest.get("format") != "interoffice/export/v1":
        raise Refused("manifest.json is not of the format interoffice/export/v1.")
    origin, size, root, witnesses = trusted_checkpoint(folder, policy)
    note = Note(read(folder, "manifest.note"), "manifest.note")
    if note.text != f"interoffice/export/v1\n{base64.b64encode(sha256(text).digest()).decode()}\n":
        raise Refused("manifest.json is not the one that was signed.")
    if not policy.accepts(note, size):
        raise Refused("manifest.note is not signed by a key of the policy.")
    check_files(folder, manifest)

    def report(position, record, what):
        raise Refused(f"Record {record} (leaf {position}) {what}.")

    records, disposed = check_records(folder, size, root, report)
    if records != manifest["counts"]["messages"]:
        raise Refused(f"The manifest counts {manifest['counts']['messages']} messages, records.jsonl has {records}.")
    return (
        f"good: {records} records of {origin}, proven by the checkpoint of {size} entries; "
        f"{disposed} without content; {len(manifest['files'])} files; {witnesses} witnesses"
    )


# --- the whole log --------------------------------------------------------------------------------------------------


def verify_log(folder, policy):
    """A copy of the whole log with every row: names each row that is not what was sealed. Yields faults."""
    origin, size, root, witnesses = trusted_checkpoint(folder, policy)
    entries = read(folder, "entries", "rb")
    if len(entries) < size * ENTRY_BYTES:
        raise Refused(f"entries ends before the checkpoint of {size} entries.")
    tree = Tree(size)
    for at in range(0, size * ENTRY_BYTES, ENTRY_BYTES):
        tree.add(at // ENTRY_BYTES, sha256(b"\x00" + entries[at : at + ENTRY_BYTES]).digest())
    if tree.root() != root:
        yield "the entries do not give the root of the checkpoint"
    sealed = {}
    for at in range(0, size * ENTRY_BYTES, ENTRY_BYTES):
        sealed[entries[at : at + 9]] = at // ENTRY_BYTES
    seen = bytearray(size)
    ends = {source: max((e[1:] for e in sealed if e[0] == byte), default=b"") for source, byte in SOURCES.items()}
    with open(os.path.join(folder, "records.jsonl"), "rb") as lines:
        for line in lines:
            r = json.loads(line)
            source, row = r["source"], bytes.fromhex(r["id"])
            position = sealed.get(bytes((SOURCES[source],)) + row)
            if position is None:
                if row <= ends[source]:
                    yield f"row {r['id']} of the {source} was never sealed: it was inserted later"
                continue
            seen[position] = 1
            said = entries[position * ENTRY_BYTES + 9 : (position + 1) * ENTRY_BYTES]
            try:
                leaf = LEAVES[source](r)
                stored = bytes.fromhex(r["leaf"])
            except (ValueError, struct.error):
                leaf = stored = b""
            if stored != said or (leaf is not None and leaf != said):
                yield f"row {r['id']} of the {source} (leaf {position}) is not what was sealed"
            elif leaf is None:
                yield f"row {r['id']} of the {source} (leaf {position}) has no content"
    for position in range(size):
        if not seen[position]:
            entry = entries[position * ENTRY_BYTES :]
            source = "journal" if entry[0] == 1 else "audit"
            yield f"row {entry[1:9].hex()} of the {source} (leaf {position}) was sealed and is not there"


# --- commands --------------------------------------------------------------------------------------------------------


def count(folder):
    """Messages per conversation, counted from the records."""
    counts = {}
    with open(os.path.join(folder, "records.jsonl"), "rb") as lines:
        for line in lines:
            r = json.loads(line)
            name = r["room"] or " - ".join(sorted((r["author"], r["receiver"])))
            counts[name] = counts.get(name, 0) + 1
    for name, number in sorted(counts.items()):
        print(f"{number:8} {name}")
    print(f"{sum(counts.values()):8} in all")


def self_test():
    """Vectors of RFC 6962 and of ../canonical-form.md: that this program computes what the pages say."""
    inputs = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    tree = Tree(8)
    for position, value in enumerate(inputs):
        tree.add(position, leaf_hash(bytes.fromhex(value)))
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors.jsonl"), encoding="utf-8") as lines:
        vectors = [json.loads(line) for line in lines]
    for r in vectors:
        assert LEAVES[r["source"]](r).hex() == r["leaf"], r["id"]
    print(f"good: the tree of RFC 6962 and {len(vectors)} vectors of the canonical form")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("self-test", help="that this program computes what the pages say")
    export = commands.add_parser("export", help="verify an export")
    whole = commands.add_parser("log", help="verify a copy of the whole log, and name every row that is not as sealed")
    counted = commands.add_parser("count", help="messages per conversation, counted from the records")
    for command in (export, whole):
        command.add_argument("--policy", required=True, help="whose signatures are asked for")
    for command in (export, whole, counted):
        command.add_argument("folder")
    args = parser.parse_args()
    try:
        if args.command == "self-test":
            self_test()
        elif args.command == "count":
            count(args.folder)
        elif args.command == "export":
            print(verify_export(args.folder, Policy(read(os.path.dirname(args.policy) or ".", os.path.basename(args.policy)))))
        else:
            policy = Policy(read(os.path.dirname(args.policy) or ".", os.path.basename(args.policy)))
            faults = 0
            for fault in verify_log(args.folder, policy):
                faults += 1
                print(f"fault: {fault}")
            print(f"{faults} faults" if faults else "good: every row is what was sealed")
            return 1 if faults else 0
        return 0
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 1
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        # What has another shape than the pages say was not exported like this.
        print(f"refused: a file is malformed: {type(error).__name__}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
