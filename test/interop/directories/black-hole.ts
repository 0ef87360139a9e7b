import { ip } from './samba.js';

/** Asked before the table of our own addresses, which the system puts before everything else. */
const BEFORE_LOCAL = '5';
const LOCAL = '10';

/**
 * Drops every packet from an address of the lab, until the function it gives is called. What is sent to the address
 * arrives, yet nothing comes back: no connection is made, and none that is open is answered or ended.
 */
export async function blackHole(address: string): Promise<() => Promise<void>> {
  if ((await ip('rule', 'list', 'pref', LOCAL)).trim() === '') {
    await ip('rule', 'add', 'pref', LOCAL, 'lookup', 'local');
    await ip('rule', 'delete', 'pref', '0');
  }
  const rule = ['pref', BEFORE_LOCAL, 'from', address, 'blackhole'];
  await ip('rule', 'add', ...rule);
  return async () => void (await ip('rule', 'delete', ...rule));
}
