import { expect, it } from 'vitest';
import { NS } from '@interoffice/wire';
import { onStage } from '../../../test/support/on-stage.js';

/** An element of exactly so many bytes. */
const ofBytes = (bytes: number, start: string, end: string): string =>
  start + 'a'.repeat(bytes - start.length - end.length) + end;

onStage('the limits of a stream', {}, (stage) => {
  //
  it.each([
    [8192, undefined],
    [8193, 'policy-violation'],
  ])('before log-in: an element of %d bytes', async (bytes, condition) => {
    const client = await stage().connect();
    await client.restart();
    client.write(ofBytes(bytes, `<auth xmlns='${NS.sasl}' mechanism='EXTERNAL'>`, '</auth>'));
    if (condition) expect(await client.closed()).toContain(`<${condition}`);
    else expect((await client.next()).getName()).toBe('failure');
  });

  //
  it.each([
    [32, undefined],
    [33, 'policy-violation'],
  ])('before log-in: %d XML elements in one', async (elements, condition) => {
    const client = await stage().connect();
    await client.restart();
    client.write(`<auth xmlns='${NS.sasl}' mechanism='EXTERNAL'>${'<x/>'.repeat(elements - 1)}</auth>`);
    if (condition) expect(await client.closed()).toContain(`<${condition}`);
    else expect((await client.next()).getName()).toBe('failure');
  });

  //
  it.each([
    [262_144, undefined],
    [262_145, 'policy-violation'],
  ])('after log-in: a stanza of %d bytes', async (bytes, condition) => {
    const juliet = await stage().account('juliet');
    const client = await stage().online(juliet, 'phone');
    client.write(ofBytes(bytes, `<message to='${juliet.bare}' type='chat'><body>`, '</body></message>'));
    if (condition) expect(await client.closed()).toContain(`<${condition}`);
    else expect((await client.next()).getChildText('body')!.length).toBeGreaterThan(262_000);
  });

  //
  it.each([
    ["<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>", 'restricted-xml'],
    ["<message><!DOCTYPE x SYSTEM 'http://192.0.2.1/'></message>", 'restricted-xml'],
    ['<message><body>&a;</body></message>', 'restricted-xml'],
    ["<message id='&a;'/>", 'restricted-xml'],
    ['<message><!-- comment --></message>', 'restricted-xml'],
    ['<?php echo 1 ?>', 'restricted-xml'],
    ['<message><body>\u0001</body></message>', 'not-well-formed'],
    ['<message></presence>', 'not-well-formed'],
    //
    [`<message>${'<a>'.repeat(100_000 / 8)}`, 'policy-violation'],
    [`<message>${'<a>'.repeat(64)}${'</a>'.repeat(64)}</message>`, 'policy-violation'],
  ])('what XMPP forbids, %.40s, ends the stream alone', async (text, condition) => {
    const juliet = await stage().account('juliet');
    const [client, other] = [await stage().online(juliet, 'a'), await stage().online(juliet, 'b')];
    client.write(text);
    expect(await client.closed()).toContain(`<${condition}`);
    other.write(`<message to='${juliet.bare}/b' type='chat'><body>Still here</body></message>`);
    expect((await other.next(({ name }) => name === 'message')).getChildText('body')).toBe('Still here');
  });
});
