import { describe, expect, it } from 'vitest';
import { decodeAttribute, decodeText } from './decode.js';

const text = (xml: string): string => decodeText(Buffer.from(`..${xml}..`), 2, 2 + Buffer.byteLength(xml));

describe('raw text', () => {
  it('is decoded as a parser would', () => {
    expect(text('Tom &amp; &#x4A;erry&#33; \r\n\u{E9}')).toBe('Tom & Jerry! \n\u{E9}');
    expect(decodeAttribute('a\tb\r\nc&#10;&quot;')).toBe('a b c\n"');
  });

  it('leaves out child elements and understands CDATA', () => {
    expect(text(`a<b c='>' d="/>">no<e/></b>b<f/><![CDATA[<c>\r\n]]>&lt;`)).toBe('ab<c>\n<');
    expect(text('<b><![CDATA[no]]></b>yes')).toBe('yes');
  });
});
