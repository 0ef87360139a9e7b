import { describe, expect, it } from 'vitest';
import { declaredEvents, declareEvents } from './events.js';
import { Failure } from './failure.js';
import { describeError, jsonLog } from './log.js';
import { Metrics } from './metrics.js';

describe('the log', () => {
  const open = (level: 'debug' | 'info' | 'warn' | 'error') => {
    const lines: string[] = [];
    return { lines, log: jsonLog({ write: (line) => void lines.push(line), now: () => 0, level }) };
  };

  it('writes one JSON object per event, with its fields and those bound before', () => {
    const { lines, log } = open('info');
    log.with({ domain: 'im.example' }).warn('s2s.certificate.rejected', { peer: 'x', reason: undefined });
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","event":"s2s.certificate.rejected","domain":"im.example","peer":"x"}\n',
    ]);
  });

  it('leaves out what is below its level', () => {
    const { lines, log } = open('warn');
    log.debug('a');
    log.info('b');
    log.error('c');
    expect(lines).toHaveLength(1);
  });

  it('tells an error with its code and its causes', () => {
    const error = new Failure('DATABASE_UNREACHABLE', 'It does not answer.', { cause: new Error('ECONNREFUSED') });
    expect(describeError(error)).toBe('DATABASE_UNREACHABLE: It does not answer. ← ECONNREFUSED');
    expect(describeError('text')).toBe('text');
    expect(describeError({})).toBe('unknown cause');
    const { lines, log } = open('debug');
    log.debug('x.failed', { error });
    expect(lines[0]).toContain('DATABASE_UNREACHABLE');
  });
});

describe('the metrics', () => {
  it('count by label, and give the same counter to who asks twice', async () => {
    const metrics = new Metrics();
    metrics.counter('interoffice_x_total', 'X', { lane: 'fast' }).inc();
    metrics.counter('interoffice_x_total', 'X', { lane: 'fast' }).inc(2);
    metrics.counter('interoffice_x_total', 'X', { lane: 'tree' }).inc();
    expect(await metrics.text()).toContain('interoffice_x_total{lane="fast"} 3');
    expect(await metrics.value('interoffice_x_total')).toBe(4);
    expect(await metrics.value('interoffice_none')).toBe(0);
  });

  it('read gauges when somebody looks and gather distributions', async () => {
    const metrics = new Metrics();
    let value = 1;
    metrics.gauge('interoffice_g', 'G', () => value);
    value = 7;
    metrics.histogram('interoffice_h_seconds', 'H', [1, 2])(1.5);
    const text = await metrics.text();
    expect(text).toContain('interoffice_g 7');
    expect(text).toContain('interoffice_h_seconds_bucket{le="2"} 1');
  });
});

describe('declared events', () => {
  it('are known by lib', () => {
    declareEvents('spec', { 'thing.happened': 'A thing happened.' });
    expect(declaredEvents().get('spec')).toEqual({ 'thing.happened': 'A thing happened.' });
  });
});
