// Directories at full size: 12,000 people in slapd, 1,500 in Samba; leavers, fail-over under log-ins, the guard, searches.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { progress, provenance, root } from './machinery.mjs';

if (process.argv.includes('--help')) {
  process.stdout.write(
    'usage: npm run campaign -- directory [--small]\n\nAs root, after `npm run test:interop` has installed slapd and Samba.\n',
  );
  process.exit(0);
}
const isSmall = process.argv.includes('--small');
/** Lines of the tests that hold a figure. */
const FIGURE =
  /^(?:slapd|Samba|domain|undisturbed|preferred controller|second controller|everybody drawn|disabled|expired|out-of|deleted|suspended|read |\d+ (?:attempts|searches|contacts)).*\d/;

const LINES_OF_A_FAILURE = 120;

if (process.getuid?.() !== 0) {
  process.stderr.write('directory: a domain controller is provisioned by root only\n');
  process.exit(1);
}
const say = progress();
const started = Date.now();
const lines = [];
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
// In a network, with a host name and processes of their own.
const own = ['--net', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
const prepared = ['sh', '-c', 'hostname dc1 && ip link set lo up && "$@"', 'sh', process.execPath];
const directories = [vitest, 'run', '--config', 'test/interop/directories/vitest.config.ts'];
let code = await run('unshare', [...own, ...prepared, ...directories, ...(isSmall ? ['everybody'] : [])]);
if (!isSmall) {
  const contacts = [vitest, 'run', '--config', 'test/interop/vitest.config.ts', 'test/browser/teams.spec.ts'];
  code = (await run(process.execPath, contacts)) || code;
}
const seconds = Math.round((Date.now() - started) / 1000);
const counted = lines.filter((line) => /^\s*Tests /.test(line)).map((line) => line.trim());
const figures = lines.filter((line) => FIGURE.test(line));
const text = `# Directories at full size

\`npm run campaign -- directory\`: ${provenance()}.

slapd and two domain controllers of one Samba domain (Debian 12) in a network of their own, the appliance beside them, all on this machine. \`INTEROP_DIRECTORY_SIZE=${isSmall ? 'small' : 'full'}\`; the tests are those of test/interop/directories. Seconds of leavers are from the change in Active Directory until the last stream was closed, with a resumption, a token of the API and a log-in refused after it. For the fail-over the preferred controller is stopped, or its packets are dropped, after a quarter of the log-ins. Contacts are those of the web chat in Chromium, from the click on “Log in”.

\`\`\`
${figures.join('\n')}
\`\`\`

${counted.join('; ') || 'No test was run'}; ${seconds} s in all.
`;
process.stdout.write(`\n${text}`);
if (code !== 0) {
  process.stdout.write(`${lines.slice(-LINES_OF_A_FAILURE).join('\n')}\n`);
  process.exitCode = 1;
} else if (!isSmall) writeFileSync(path.join(root, 'docs/evidence/directory.md'), text);

/** What is printed goes to `lines`. */
function run(command, args) {
  const env = { ...process.env, INTEROP_DIRECTORY_SIZE: isSmall ? 'small' : 'full', NO_COLOR: '1' };
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let rest = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => {
      const all = `${rest}${part}`.split('\n');
      rest = all.pop();
      lines.push(...all);
      say(all.at(-1) ?? '');
    });
  }
  return new Promise((resolve) => child.once('close', resolve));
}
