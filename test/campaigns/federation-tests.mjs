// For campaigns: the test of a broken line of test/interop/federation at full size: rooms on both sides, and receipts.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './machinery.mjs';

const OWN = ['--mount', '--net', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
const PREPARED = `mount -t tmpfs tmpfs /run && ip link set lo up &&
  echo nameserver 127.0.0.1 > /run/resolv.conf && mount --bind /run/resolv.conf /etc/resolv.conf && "$@"`;
/** Lines of the tests that hold a figure. */
const FIGURE = /^(?:room|line): .*\d/;
const SUITES = ['broken-line'];
const LINES_OF_A_FAILURE = 80;

/** Runs them; gives { isPassed, figures, summary, failure }. */
export async function tests(say) {
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--config', 'test/interop/federation/vitest.config.ts', ...SUITES];
  const env = { ...process.env, INTEROP_FEDERATION_SIZE: 'full', NO_COLOR: '1' };
  const child = spawn('unshare', [...OWN, 'sh', '-c', PREPARED, 'sh', process.execPath, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const began = performance.now();
  const ticking = setInterval(
    () => say(`${SUITES.join(' and ')} at full size, for ${Math.round((performance.now() - began) / 1000)} s`),
    1000,
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part));
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(ticking);
  const lines = text.split('\n');
  return {
    isPassed: code === 0,
    figures: lines.filter((line) => FIGURE.test(line)),
    summary: lines.filter((line) => /^\s*Tests /.test(line)).map((line) => line.trim()),
    failure: code === 0 ? [] : lines.slice(-LINES_OF_A_FAILURE),
  };
}
