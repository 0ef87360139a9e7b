import { randomInt } from 'node:crypto';
import { LinkDialer, type TakeLink } from '@interoffice/cluster';
import type { Settings } from '@interoffice/config';
import { linkProof } from '@interoffice/gateway';
import { type Clock, Failure, type Log } from '@interoffice/telemetry';
import type { TlsContext } from '@interoffice/transport';

const RANDOM_STEPS = 2 ** 32;

export interface DiallingParts {
  readonly federation: { linkTo(gateway: string): TakeLink };
  /** What the server shows to its gateway: its own certificate. */
  readonly tls: TlsContext;
  readonly settings: Pick<Settings, 'trustedAuthorities'>;
  /** What the gateway has shown, DER, its own first; each time that the link is made. */
  readonly seen: (sent: readonly Buffer[]) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps a link to a gateway at the edge of the network: `host:port`, whose certificate has to hold for the host. Rejects
 * with GATEWAY_ADDRESS, and for authorities that cannot be read.
 */
export async function dialGateway(at: string, parts: DiallingParts): Promise<LinkDialer> {
  const { federation, tls, settings, seen, clock, log } = parts;
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(at) ?? [];
  if (host === undefined) {
    throw new Failure(
      'GATEWAY_ADDRESS',
      `offices: the gateway "${at}" is no host:port, such as gate.corp.example:5280`,
    );
  }
  const name = host.replace(/^\[|\]$/g, '');
  const dialer = new LinkDialer(
    { host: name, port: Number(port), servername: name },
    {
      identity: () => ({ key: tls.pair.key, certificate: tls.pair.certificate }),
      prove: await linkProof(settings.trustedAuthorities, name, { clock, seen }),
      take: federation.linkTo(at),
      changed: ({ state, lastEnd }) => {
        if (state === 'up') log.info('federation.gateway.up', { gateway: at });
        else if (state === 'waiting')
          log.warn('federation.gateway.away', { gateway: at, code: lastEnd?.code, text: lastEnd?.text });
      },
      clock,
      random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    },
  );
  dialer.start();
  return dialer;
}
