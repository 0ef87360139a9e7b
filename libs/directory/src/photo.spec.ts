import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { photoHash, photoOf, redrawn } from './photo.js';

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 30, b: 30 } } });

describe('a photo of a directory', () => {
  it('is drawn anew: small, upright, and with nothing in the file but the picture', async () => {
    const bytes = await picture(1600, 800)
      .withExif({ IFD0: { Artist: 'Somebody', ImageDescription: 'GPS 52.5, 13.4' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(bytes.includes('Exif')).toBe(true);
    const made = await redrawn(photoOf(bytes)!);
    expect(made?.type).toBe('image/jpeg');
    expect(made?.bytes.includes('Exif')).toBe(false);
    // Turned by a quarter: it is higher than wide now.
    expect(await sharp(made!.bytes).metadata()).toMatchObject({ width: 256, height: 512, format: 'jpeg' });
  });

  it('stays a PNG, and as small as it was', async () => {
    const bytes = await picture(96, 96).png().toBuffer();
    const made = await redrawn(photoOf(bytes)!);
    expect(await sharp(made!.bytes).metadata()).toMatchObject({ width: 96, height: 96, format: 'png' });
    expect(photoHash(made!)).toMatch(/^[0-9a-f]{40}$/);
  });

  it('that cannot be decoded, or that would fill the memory, is none', async () => {
    const cut = (await picture(300, 300).jpeg().toBuffer()).subarray(0, 400);
    expect(await redrawn({ type: 'image/jpeg', bytes: cut })).toBeUndefined();
    expect(await redrawn({ type: 'image/png', bytes: Buffer.from([0x89, 0x50, 0x4e, 0x47]) })).toBeUndefined();
    const huge = await picture(9000, 9000).png({ compressionLevel: 9 }).toBuffer();
    expect(huge.length).toBeLessThan(1024 * 1024);
    expect(await redrawn({ type: 'image/png', bytes: huge })).toBeUndefined();
  });

  it('is recognised by its first bytes and not by what it says it is', () => {
    expect(photoOf(Buffer.from('<svg onload="alert(1)">'))).toBeUndefined();
    expect(photoOf(Buffer.alloc(2_000_000, 0xff))).toBeUndefined();
  });
});
