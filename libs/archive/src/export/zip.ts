import { closeSync, openSync, readSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';

// APPNOTE 6.3.10, without what only larger files need: a part has fewer entries and bytes than 16 and 32 bits count.
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
/** Names are UTF-8. */
const FLAGS = 0x0800;
const DEFLATED = 8;
/** The earliest a ZIP file can say: when an entry was made says the entry itself. */
const DOS_DATE = 0x21;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;

export const MOST_ENTRIES = 60_000;

/** The entries of one ZIP file, for its directory. */
export class ZipDirectory {
  readonly #entries: Buffer[] = [];
  #bytes = 0;

  get count(): number {
    return this.#entries.length;
  }

  /** What `tail` has with one more entry of this name. */
  bytesWith(name: string): number {
    return this.#bytes + CENTRAL_BYTES + Buffer.byteLength(name) + END_BYTES;
  }

  /** `local`: the entry as it stands in the file, from its own head on. */
  add(local: Buffer, offset: number): void {
    const nameBytes = local.readUInt16LE(26);
    const entry = Buffer.alloc(CENTRAL_BYTES + nameBytes);
    entry.writeUInt32LE(CENTRAL, 0);
    entry.writeUInt16LE(VERSION, 4);
    // Version, flags, method, time, checksum, sizes and lengths of name and extra stand there as here.
    local.copy(entry, 6, 4, 30);
    entry.writeUInt32LE(offset, 42);
    local.copy(entry, CENTRAL_BYTES, LOCAL_BYTES, LOCAL_BYTES + nameBytes);
    this.#entries.push(entry);
    this.#bytes += entry.length;
  }

  /** What ends a file whose entries end at `offset`. */
  tail(offset: number): Buffer {
    const end = Buffer.alloc(END_BYTES);
    end.writeUInt32LE(END, 0);
    end.writeUInt16LE(this.count, 8);
    end.writeUInt16LE(this.count, 10);
    end.writeUInt32LE(this.#bytes, 12);
    end.writeUInt32LE(offset, 16);
    return Buffer.concat([...this.#entries, end]);
  }

  clear(): void {
    this.#entries.length = 0;
    this.#bytes = 0;
  }

  /** Reads the entries of a file that was begun, up to `size`. */
  readFrom(file: string, size: number): void {
    this.clear();
    const fd = openSync(file, 'r');
    try {
      for (let at = 0; at < size;) {
        const head = Buffer.alloc(LOCAL_BYTES + 0xffff);
        readSync(fd, head, 0, head.length, at);
        this.add(head, at);
        at += LOCAL_BYTES + head.readUInt16LE(26) + head.readUInt32LE(18);
      }
    } finally {
      closeSync(fd);
    }
  }
}

/** An entry as it stands in the file. */
export function zipEntry(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const nameBytes = Buffer.from(name);
  const head = Buffer.alloc(LOCAL_BYTES);
  head.writeUInt32LE(LOCAL, 0);
  head.writeUInt16LE(VERSION, 4);
  head.writeUInt16LE(FLAGS, 6);
  head.writeUInt16LE(DEFLATED, 8);
  head.writeUInt16LE(0, 10);
  head.writeUInt16LE(DOS_DATE, 12);
  head.writeUInt32LE(crc32(content), 14);
  head.writeUInt32LE(packed.length, 18);
  head.writeUInt32LE(content.length, 22);
  head.writeUInt16LE(nameBytes.length, 26);
  return Buffer.concat([head, nameBytes, packed]);
}

/** A whole ZIP file of one entry. */
export function zipOf(name: string, content: Buffer): Buffer {
  const entry = zipEntry(name, content);
  const directory = new ZipDirectory();
  directory.add(entry, 0);
  return Buffer.concat([entry, directory.tail(entry.length)]);
}
