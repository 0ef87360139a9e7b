import { BlockList, isIP, isIPv4 } from 'node:net';

/** Networks that DNS of somebody else's must not lead us to: ourselves, our own machine's neighbours, nobody. F-11 */
const CLOSED: readonly [network: string, bits: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  // Link-local: there clouds keep what they tell a machine about itself, keys included.
  ['169.254.0.0', 16, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

/** Says which addresses may be called. Private networks may: offices are there. */
export class CallableAddresses {
  readonly #closed = new BlockList();
  readonly #opened = new BlockList();

  /** `opened`: addresses or networks in CIDR form that may be called all the same. Throws RangeError for anything else. */
  constructor(opened: readonly string[] = []) {
    for (const network of CLOSED) this.#closed.addSubnet(...network);
    for (const text of opened) {
      const [network = '', bits] = text.split('/');
      const family = familyOf(network);
      if (family === undefined) throw new RangeError(`${text} is no address and no network`);
      this.#opened.addSubnet(network, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
    }
  }

  mayCall(address: string): boolean {
    const plain = unmapped(address);
    const family = familyOf(plain);
    if (family === undefined) return false;
    return this.#opened.check(plain, family) || !this.#closed.check(plain, family);
  }
}

/** IPv4 in IPv6 clothes is IPv4: `::ffff:127.0.0.1`, `64:ff9b::7f00:1`. */
function unmapped(address: string): string {
  const tail = /^(?:::ffff:|64:ff9b::)(.+)$/i.exec(address)?.[1];
  if (tail === undefined) return address;
  if (isIPv4(tail)) return tail;
  const [high, low, more] = tail.split(':');
  if (more !== undefined || high === undefined) return address;
  const number = low === undefined ? parseInt(high, 16) : parseInt(high, 16) * 65_536 + parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}
