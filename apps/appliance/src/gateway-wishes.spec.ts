import type { Settings } from '@interoffice/config';
import { describe, expect, it } from 'vitest';
import { gatewaysOf } from './gateway-wishes.js';

const settings = (offices: Settings['offices']): Settings =>
  ({
    domains: ['berlin.example', 'tokyo.example', 'paris.example'],
    services: { rooms: 'conference.tokyo.example', upload: '', pubsub: '' },
    offices,
  }) as Partial<Settings> as Settings;

describe('gateways', () => {
  it('speak for the domains of their offices, rooms with the domain above them, and the first office for all else', () => {
    const offices = [
      { name: 'Berlin', domains: ['berlin.example'], gateways: ['a:1', 'b:1'] },
      { name: 'Tokyo', domains: ['tokyo.example'], gateways: ['t:1'] },
    ];
    expect(gatewaysOf(settings(offices))).toEqual([
      { name: 'a:1', domains: ['berlin.example', 'paris.example'] },
      { name: 'b:1', domains: ['berlin.example', 'paris.example'] },
      { name: 't:1', domains: ['tokyo.example', 'conference.tokyo.example'] },
    ]);
  });

  it('are one where offices name the same, and share a domain that two offices have', () => {
    const offices = [
      { name: 'Sales', domains: ['berlin.example'], gateways: ['local'] },
      { name: 'Lab', domains: ['berlin.example', 'tokyo.example', 'paris.example'], gateways: ['local', 'lab:1'] },
    ];
    expect(gatewaysOf(settings(offices))).toEqual([
      { name: 'local', domains: ['berlin.example', 'tokyo.example', 'paris.example', 'conference.tokyo.example'] },
      { name: 'lab:1', domains: ['berlin.example', 'tokyo.example', 'paris.example', 'conference.tokyo.example'] },
    ]);
  });
});
