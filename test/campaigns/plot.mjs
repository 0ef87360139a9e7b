// For campaigns: draws lines over a number as SVG, readable on light and on dark ground.
const WIDTH = 760;
const HEIGHT = 320;
const MARGIN = { top: 44, right: 24, bottom: 52, left: 72 };
/** Far enough from white and from black; told apart by people who do not see red or green. */
const COLOURS = ['#2b7bba', '#d9822b', '#7a5fb5', '#2f9e8f', '#c0497b'];
const INK = '#808080';

/**
 * A line chart as one SVG document.
 * `lines`: [{ name, points: [[x, y], …] }]; `limit`: { y, name } draws a dashed line that should not be crossed.
 * `log`: the y axis is logarithmic. `x`, `y`: titles of the axes, units included.
 */
export function plot({ title, x, y, lines, limit, log = false }) {
  const all = lines.flatMap(({ points }) => points);
  const ys = [...all.map((point) => point[1]), ...(limit ? [limit.y] : [])];
  const across = linear(0, Math.max(...all.map((point) => point[0]), 1));
  const up = log
    ? logarithmic(Math.min(...ys.filter((value) => value > 0)), Math.max(...ys))
    : linear(0, Math.max(...ys));
  const toX = (value) => round(MARGIN.left + across.share(value) * (WIDTH - MARGIN.left - MARGIN.right));
  const toY = (value) => round(HEIGHT - MARGIN.bottom - up.share(value) * (HEIGHT - MARGIN.top - MARGIN.bottom));
  const [right, bottom] = [WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const parts = [
    text(title, { x: MARGIN.left, y: 18, weight: 'bold' }),
    ...up.ticks.map((value) => line([MARGIN.left, toY(value)], [right, toY(value)], { stroke: INK, opacity: 0.3 })),
    ...up.ticks.map((value) => text(format(value), { x: MARGIN.left - 8, y: toY(value) + 4, anchor: 'end' })),
    ...across.ticks.map((value) => text(format(value), { x: toX(value), y: bottom + 18, anchor: 'middle' })),
    line([MARGIN.left, bottom], [right, bottom], { stroke: INK }),
    text(x, { x: (MARGIN.left + right) / 2, y: HEIGHT - 12, anchor: 'middle' }),
    text(y, { x: 14, y: (MARGIN.top + bottom) / 2, anchor: 'middle', turned: true }),
  ];
  if (limit) {
    parts.push(line([MARGIN.left, toY(limit.y)], [right, toY(limit.y)], { stroke: INK, dashes: '6 4' }));
    parts.push(text(limit.name, { x: right, y: toY(limit.y) - 6, anchor: 'end' }));
  }
  for (const [i, { name, points }] of lines.entries()) {
    const colour = COLOURS[i % COLOURS.length];
    const path = points.map(([px, py]) => `${toX(px)},${toY(py)}`).join(' ');
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [px, py] of points) parts.push(`<circle cx="${toX(px)}" cy="${toY(py)}" r="3" fill="${colour}"/>`);
    const at = MARGIN.left + i * ((WIDTH - MARGIN.left - MARGIN.right) / lines.length);
    parts.push(`<rect x="${round(at)}" y="27" width="12" height="4" fill="${colour}"/>`);
    parts.push(text(name, { x: round(at + 18), y: 33 }));
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="${INK}">\n${parts.join('\n')}\n</svg>\n`
  );
}

function linear(from, to) {
  const step = niceStep((to - from) / 5);
  const end = Math.ceil(to / step) * step;
  const ticks = [];
  for (let i = 0; from + i * step <= end + step / 2; i++) ticks.push(round(from + i * step));
  return { ticks, share: (value) => (value - from) / (end - from) };
}

function logarithmic(from, to) {
  const [first, last] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const powers = Array.from({ length: Math.max(1, last - first) + 1 }, (_, i) => first + i);
  const span = powers.at(-1) - first;
  return { ticks: powers.map((power) => 10 ** power), share: (value) => (Math.log10(value) - first) / span };
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

function line([x1, y1], [x2, y2], { stroke, opacity = 1, dashes }) {
  const dashed = dashes ? ` stroke-dasharray="${dashes}"` : '';
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${stroke}" stroke-opacity="${opacity}"${dashed}/>`;
}

function text(content, { x, y, anchor = 'start', weight = 'normal', turned = false }) {
  const turn = turned ? ` transform="rotate(-90 ${x} ${round(y)})"` : '';
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-weight="${weight}"${turn}>${escape(content)}</text>`;
}

function format(value) {
  if (value >= 1_000_000) return `${round(value / 1_000_000)} M`;
  if (value >= 10_000) return `${round(value / 1_000)} k`;
  return String(value >= 1 ? round(value) : Number(value.toPrecision(2)));
}

function escape(content) {
  return String(content).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function round(value) {
  return Math.round(value * 100) / 100;
}
