import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LineProcess } from '../line-process.js';

/** What DNS says of a domain: where one of its servers is. */
export interface Zone {
  readonly domain: string;
  readonly starttls?: number;
  readonly direct?: number;
}

/** The name server of this suite's network, on 127.0.0.1: what its resolv.conf names. */
export class NameServer {
  private constructor(
    private readonly home: string,
    private readonly program: LineProcess,
  ) {}

  static async open(zones: readonly Zone[]): Promise<NameServer> {
    const home = mkdtempSync(path.join(tmpdir(), 'dns-'));
    const lines = zones.flatMap(({ domain, starttls, direct }) => [
      `host-record=gate.${domain},127.0.0.1`,
      ...(starttls === undefined ? [] : [`srv-host=_xmpp-server._tcp.${domain},gate.${domain},${starttls},5,10`]),
      ...(direct === undefined ? [] : [`srv-host=_xmpps-server._tcp.${domain},gate.${domain},${direct},5,10`]),
    ]);
    const settings = [
      'no-hosts',
      'no-resolv',
      'local=/example/',
      'listen-address=127.0.0.1',
      'bind-interfaces',
      'user=root',
      'log-queries',
    ];
    writeFileSync(path.join(home, 'dnsmasq.conf'), [...settings, ...new Set(lines), ''].join('\n'));
    // What it says goes to stdout, of which every line is kept.
    const args = ['-k', '--log-facility=-', `--conf-file=${home}/dnsmasq.conf`];
    const program = new LineProcess('sh', ['-c', 'exec dnsmasq "$@" 2>&1', 'sh', ...args]);
    const server = new NameServer(home, program);
    await program.line((text) => text.includes('started'));
    return server;
  }

  /** What has been asked on the way to a domain's servers, a line for each question. */
  questionsAbout(domain: string): string[] {
    const question = /: query\[\w+\] (?:_[\w-]+\._tcp\.|gate\.)?(\S+) from /;
    return this.program.lines.filter((line) => question.exec(line)?.[1] === domain);
  }

  async close(): Promise<void> {
    await this.program.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}
