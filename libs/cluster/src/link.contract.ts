import { describe, expect, it } from 'vitest';
import { type Link, type LinkEnd, type LinkSink, MOST_FRAME_BYTES, type TakeLink } from './link.js';

/** One end of a link with everything that came over it. */
export class HeardEnd implements LinkSink {
  link!: Link;
  readonly frames: { readonly kind: number; readonly body: Buffer }[] = [];
  readonly ends: LinkEnd[] = [];
  relieves = 0;
  /** What is to happen when a frame comes. */
  onFrame: (() => void) | undefined;
  #told: (() => void)[] = [];

  readonly take: TakeLink = (link) => {
    this.link = link;
    return this;
  };

  frame(kind: number, body: Buffer): void {
    this.onFrame?.();
    this.frames.push({ kind, body: Buffer.from(body) });
    this.#tell();
  }

  relieved(): void {
    this.relieves++;
    this.#tell();
  }

  gone(end: LinkEnd): void {
    this.ends.push(end);
    this.#tell();
  }

  /** Resolves once it is so, after something has come. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#told.push(resolve));
  }

  async ended(): Promise<string> {
    await this.until(() => this.ends.length > 0);
    return this.ends.map(({ code }) => code).join(' ');
  }

  #tell(): void {
    for (const resolve of this.#told.splice(0)) resolve();
  }
}

/** What every link does, whatever carries it. `join` brings both ends up. */
export function linkContract(name: string, join: (one: HeardEnd, other: HeardEnd) => Promise<void>): void {
  const joined = async (): Promise<[HeardEnd, HeardEnd]> => {
    const ends: [HeardEnd, HeardEnd] = [new HeardEnd(), new HeardEnd()];
    await join(...ends);
    return ends;
  };

  describe(name, () => {
    it('carries frames both ways, complete and in order, whatever their size', async () => {
      const [one, other] = await joined();
      const sizes = [0, 1, 4, 5, 6, 100, 65_535, 65_536, 300_000, MOST_FRAME_BYTES, 0, 7];
      for (const [i, size] of sizes.entries()) {
        one.link.send(16 + i, Buffer.alloc(size, i));
        other.link.send(200 - i, Buffer.alloc(size, 100 + i));
      }
      await other.until(() => other.frames.length === sizes.length);
      await one.until(() => one.frames.length === sizes.length);
      for (const [i, size] of sizes.entries()) {
        expect([other.frames[i]!.kind, one.frames[i]!.kind]).toEqual([16 + i, 200 - i]);
        expect(other.frames[i]!.body.equals(Buffer.alloc(size, i))).toBe(true);
        expect(one.frames[i]!.body.equals(Buffer.alloc(size, 100 + i))).toBe(true);
      }
      one.link.end();
    });

    it('takes a part of a buffer, which may be used again at once', async () => {
      const [one, other] = await joined();
      const bytes = Buffer.from('0123456789');
      one.link.send(16, bytes, 2, 5);
      bytes.fill(0);
      await other.until(() => other.frames.length === 1);
      expect(other.frames[0]!.body.toString()).toBe('234');
      one.link.end();
    });

    it('carries ten thousand frames of one turn', async () => {
      const [one, other] = await joined();
      for (let n = 0; n < 10_000; n++) one.link.send(16, Buffer.from(String(n)));
      await other.until(() => other.frames.length === 10_000);
      expect(other.frames.map(({ body }) => Number(body.toString()))).toEqual([...Array(10_000).keys()]);
      one.link.end();
    });

    it('ends behind what was sent, and both ends are told once', async () => {
      const [one, other] = await joined();
      one.link.send(16, Buffer.from('last'));
      one.link.end();
      one.link.end();
      one.link.send(16, Buffer.from('too late'));
      expect([await one.ended(), await other.ended()]).toEqual(['ended', 'ended']);
      expect(other.frames.map(({ body }) => body.toString())).toEqual(['last']);
      expect([one.link.isOpen, other.link.isOpen]).toEqual([false, false]);
      other.link.send(16, Buffer.from('nobody'));
      expect(one.frames).toEqual([]);
    });

    it('is cut at once by whoever destroys it', async () => {
      const [one, other] = await joined();
      one.link.destroy({ code: 'failed', text: 'Enough.' });
      expect([await one.ended(), await other.ended()]).toEqual(['failed', 'cut']);
    });

    it('is over when what came cannot be taken', async () => {
      const [one, other] = await joined();
      other.onFrame = () => {
        throw new Error('not that');
      };
      one.link.send(16, Buffer.from('x'));
      expect([await other.ended(), await one.ended()]).toEqual(['failed', 'cut']);
      expect(other.ends[0]!.text).toContain('not that');
    });

    it.each([
      ['of the link itself', 15, 0],
      ['above the highest', 256, 0],
      ['of no kind', 16.5, 0],
      ['larger than the largest', 16, MOST_FRAME_BYTES + 1],
    ])('sends no frame %s', async (_, kind, size) => {
      const [one, other] = await joined();
      expect(() => one.link.send(kind, Buffer.alloc(size))).toThrow(RangeError);
      one.link.end();
      expect([await other.ended(), other.frames]).toEqual(['ended', []]);
    });
  });
}
