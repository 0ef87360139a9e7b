// For campaigns: what sealing costs archived chat, and how long a message waits until it is under a signed checkpoint.
import path from 'node:path';
import { chat, connect } from '../load/generator.mjs';
import { Machinery, root } from './machinery.mjs';

const { Database } = await import(path.join(root, 'libs/storage/dist/index.js'));
const { silentLog } = await import(path.join(root, 'libs/telemetry/dist/index.js'));

const SIZES = {
  full: { users: 400, seconds: 20, rounds: 5, rate: 2_000, rateSeconds: 90, warmSeconds: 8 },
  small: { users: 40, seconds: 3, rounds: 1, rate: 100, rateSeconds: 12, warmSeconds: 2 },
};
const MOST_COST = 0.1;
const SEALED_P99_S = 10;
const SEALED_MAX_S = 60;
const BACK_S = 10;

/** Sealing costs at most a tenth of archived chat's rate; at 2,000 messages a second they are sealed within 10 s (p99). */
export async function sealPart({ small, log }) {
  const size = small ? SIZES.small : SIZES.full;
  const cost = await costOfSealing(size, log);
  const delay = await delayOfSealing(size, log);
  return {
    name: 'seal',
    lines: [...cost, ...delay].map((line) => (small && line.isOfFullSize ? { ...line, ok: true } : line)),
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** With and without in turns, each on a server and a database of its own: what the machine does meanwhile meets both. */
async function costOfSealing({ users, seconds, rounds, warmSeconds }, log) {
  const rates = { on: [], off: [] };
  for (let round = 0; round < rounds; round++) {
    for (const seal of round % 2 === 0 ? ['on', 'off'] : ['off', 'on']) {
      const machinery = new Machinery({ users, environment: { BENCH_SEAL: seal } });
      try {
        await machinery.start();
        const { clients } = await connect({ users, port: machinery.port, domain: 'localhost', password: 'secret' });
        await chat(clients, { seconds: warmSeconds, window: 10, run: `w${round}${seal}` });
        const { perS } = await chat(clients, { seconds, window: 10, run: `r${round}${seal}` });
        rates[seal].push(perS);
        log(`round ${round + 1}: sealing ${seal}: ${Math.round(perS)} messages a second`);
      } finally {
        await machinery.stop();
      }
    }
  }
  const share = 1 - median(rates.on) / median(rates.off);
  const figure = `${(share * 100).toFixed(1)} % (${Math.round(median(rates.on))} and ${Math.round(median(rates.off))} a second)`;
  return [
    {
      what: 'what sealing costs of the rate of archived chat, median of the rounds',
      figure,
      limit: '10 %',
      ok: share <= MOST_COST,
      isOfFullSize: true,
    },
  ];
}

/** Open loop, with the server killed in the middle: in a signed checkpoint when, and every row once. */
async function delayOfSealing({ users, rate, rateSeconds }, log) {
  const machinery = new Machinery({ users });
  try {
    await machinery.start();
    const run = async (name, of) => {
      const { clients } = await connect({ users, port: machinery.port, domain: 'localhost', password: 'secret' });
      const { perS } = await chat(clients, { seconds: rateSeconds, rate, run: name, ...of });
      log(`${Math.round(perS)} messages a second were delivered`);
      return perS;
    };
    await run('d1');
    await sealedAll(machinery);
    const undisturbed = await delays(machinery);
    const { clients } = await connect({ users, port: machinery.port, domain: 'localhost', password: 'secret' });
    const busy = chat(clients, { seconds: rateSeconds, rate, run: 'd2' }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, rateSeconds * 500));
    await machinery.killServer();
    const back = performance.now();
    await sealedAll(machinery);
    const backS = (performance.now() - back) / 1_000;
    await busy;
    await sealedAll(machinery);
    const twice = await entries(machinery);
    return [
      {
        what: `recorded to sealed at ${rate} messages a second, p99`,
        figure: `${undisturbed.p99.toFixed(1)} s`,
        limit: `${SEALED_P99_S} s`,
        ok: undisturbed.p99 <= SEALED_P99_S,
      },
      {
        what: 'the same, at most',
        figure: `${undisturbed.most.toFixed(1)} s`,
        limit: `${SEALED_MAX_S} s`,
        ok: undisturbed.most <= SEALED_MAX_S,
      },
      {
        what: 'after kill -9 in the middle, everything recorded is sealed within',
        figure: `${backS.toFixed(1)} s`,
        limit: `${BACK_S} s`,
        ok: backS <= BACK_S,
      },
      {
        what: 'rows without a leaf, and leaves there twice',
        figure: `${twice.missing} and ${twice.double} of ${twice.rows}`,
        limit: '0',
        ok: twice.missing === 0 && twice.double === 0,
      },
    ];
  } finally {
    await machinery.stop();
  }
}

async function asked(machinery, text) {
  const database = new Database({ connection: machinery.connection, log: silentLog });
  try {
    return await database.query('owner', text);
  } finally {
    await database.close();
  }
}

/** Waits until the latest checkpoint covers the latest row. */
async function sealedAll(machinery) {
  const text = `SELECT coalesce((SELECT max(journal_id) FROM seal_checkpoints), 0) >= coalesce((SELECT max(id) FROM journal), 0) AS done`;
  for (let tries = 0; tries < 1_200; tries++) {
    const [{ done }] = await asked(machinery, text);
    if (done) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Two minutes later something was still not sealed.');
}

/** From the moment in a row's id to the moment of the first checkpoint that covers it. */
async function delays(machinery) {
  const [{ p99, most }] = await asked(
    machinery,
    `WITH sealed AS (
       SELECT extract(epoch FROM c.at) - ((j.id >> 22) / 1000.0 + extract(epoch FROM timestamptz '2024-01-01 00:00:00Z')) AS s
         FROM (SELECT journal_id, at, lag(journal_id, 1, 0::bigint) OVER (ORDER BY size) AS before FROM seal_checkpoints) c
         JOIN journal j ON j.id > c.before AND j.id <= c.journal_id)
     SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY s)::float8 AS p99, max(s)::float8 AS most FROM sealed`,
  );
  return { p99, most };
}

/** Each row of the journal against the entries of the log. */
async function entries(machinery) {
  const { SealedLog } = await import(path.join(root, 'libs/archive/dist/index.js'));
  const log = SealedLog.open(path.join(machinery.folder, 'interoffice', 'seal'));
  const seen = new Set();
  let double = 0;
  for (const { source, id } of log.entries(0, log.latest().size)) {
    if (source !== 'journal') continue;
    if (seen.has(id)) double++;
    seen.add(id);
  }
  log.close();
  const rows = await asked(machinery, `SELECT lpad(to_hex(id), 16, '0') AS id FROM journal`);
  return { rows: rows.length, missing: rows.filter(({ id }) => !seen.has(id)).length, double };
}
