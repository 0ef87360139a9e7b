// `node test/load/flame.mjs FILE.cpuprofile OUT.svg [TITLE]`: a flame graph of a V8 CPU profile, one SVG without scripts.
import { readFileSync, writeFileSync } from 'node:fs';

const [file, out, title = 'CPU'] = process.argv.slice(2);
if (!out) {
  process.stderr.write('usage: node test/load/flame.mjs FILE.cpuprofile OUT.svg [TITLE]\n');
  process.exit(2);
}
const WIDTH = 1400;
const ROW = 17;
const LEAST = 0.8;
const profile = JSON.parse(readFileSync(file, 'utf8'));
const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));

/** Which part of the product, or of what it runs on, a function belongs to. */
function areaOf({ url, functionName }) {
  const own = /\/(libs|apps)\/([^/]+)\//.exec(url);
  if (own) return own[2];
  if (url.includes('node_modules')) return 'library';
  if (url.startsWith('node:')) return 'node';
  return functionName.startsWith('(') ? functionName.slice(1, -1) : 'native';
}

const COLOURS = {
  wire: '#d98c4a',
  transport: '#5b8fd6',
  stream: '#6fae63',
  routing: '#c7a33a',
  archive: '#b96ab3',
  features: '#58a8a0',
  server: '#8f8f5a',
  telemetry: '#9a8c7a',
  directory: '#7aa35a',
  storage: '#a3785a',
  node: '#9aa7b8',
  library: '#c79a9a',
  native: '#b0b0b0',
  program: '#cfcfcf',
  'garbage collector': '#d05c5c',
  idle: '#eeeeee',
};
const root = { name: 'all', area: 'program', time: 0, children: new Map() };
profile.samples.forEach((id, i) => {
  const time = profile.timeDeltas[i];
  const path = [];
  for (let at = id; at !== undefined; at = parents.get(at)) path.unshift(nodes.get(at).callFrame);
  // The start is not the load: modules being found and compiled.
  const isStart = path.some(({ url }) => url.startsWith('node:internal/modules'));
  if (isStart || path.at(-1).functionName === '(idle)') return;
  let frame = root;
  root.time += time;
  for (const call of path.slice(1)) {
    const name = call.functionName || '(anonymous)';
    const key = `${name} ${call.url}`;
    if (!frame.children.has(key)) frame.children.set(key, { name, area: areaOf(call), time: 0, children: new Map() });
    frame = frame.children.get(key);
    frame.time += time;
  }
});

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const boxes = [];
let depth = 0;
function draw(frame, x, row) {
  const width = (frame.time / root.time) * WIDTH;
  if (width < LEAST) return;
  depth = Math.max(depth, row);
  const share = `${((frame.time / root.time) * 100).toFixed(1)} %`;
  const letters = Math.floor((width - 6) / 6.4);
  const label =
    letters < 3 ? '' : `${frame.name}${frame.area === frame.name ? '' : ` · ${frame.area}`}`.slice(0, letters);
  const y = row * ROW + 30;
  boxes.push(
    `<g><title>${escape(`${frame.name} (${frame.area}) ${share}`)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${(width - 0.4).toFixed(1)}" height="${ROW - 1}" rx="2" fill="${COLOURS[frame.area] ?? '#b0b0b0'}"/><text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escape(label)}</text></g>`,
  );
  let at = x;
  for (const child of [...frame.children.values()].sort((a, b) => b.time - a.time)) {
    draw(child, at, row + 1);
    at += (child.time / root.time) * WIDTH;
  }
}
draw(root, 0, 0);
const height = (depth + 1) * ROW + 40;
writeFileSync(
  out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fbfaf7"/><text x="6" y="18" font-size="14" font-weight="600">${escape(title)}</text>${boxes.join('')}</svg>\n`,
);

/** Shares by area, of the function itself: for a sentence beside the picture. */
const own = {};
(function add(frame) {
  let self = frame.time;
  for (const child of frame.children.values()) {
    self -= child.time;
    add(child);
  }
  own[frame.area] = (own[frame.area] ?? 0) + self;
})(root);
for (const [area, time] of Object.entries(own).sort((a, b) => b[1] - a[1]))
  process.stdout.write(`${area.padEnd(20)} ${((time / root.time) * 100).toFixed(1)} %\n`);
