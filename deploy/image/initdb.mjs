#!/opt/interoffice/bin/node
// Stands in for PostgreSQL's initdb in the image. The real one needs a shell and an entry of its user in /etc/passwd; the
// image has no shell and runs as any user id. This one copies the cluster that the real one made when the image was built.
import { chmodSync, closeSync, copyFileSync, fsyncSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { clusterArguments } from './cluster-arguments.mjs';

const template = path.join(import.meta.dirname, 'cluster');

/** Durable when it returns: PostgreSQL's initdb promises the same. */
function flush(file) {
  const descriptor = openSync(file, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function copy(from, to, finish) {
  mkdirSync(to, { mode: 0o700 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) copy(source, target, finish);
    else {
      copyFileSync(source, target);
      chmodSync(target, 0o600);
      finish(target);
    }
  }
  finish(to);
}

const [flag, folder, ...rest] = process.argv.slice(2);
const wanted = rest.filter((argument) => argument !== '--no-sync');
if (flag !== '-D' || !folder || wanted.join(' ') !== clusterArguments.join(' ')) {
  process.stderr.write(`initdb: this image only has a cluster made with: -D FOLDER ${clusterArguments.join(' ')}\n`);
  process.exit(1);
}
copy(template, folder, rest.includes('--no-sync') ? () => undefined : flush);
