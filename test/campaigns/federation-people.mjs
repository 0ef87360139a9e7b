// For campaigns: people of two servers in a process of their own, who write to each other across: see Correspondence.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chat, connect } from '../load/generator.mjs';

/** u0 … of each server write to as many of the other, who are those behind them. */
export class Correspondence {
  #child = fork(fileURLToPath(import.meta.url), { execArgv: [] });

  get pid() {
    return this.#child.pid;
  }

  /** `servers`: two of { port, domain }; so many `senders` at each, and as many who receive. */
  login(options) {
    return this.#ask({ order: 'login', options });
  }

  /** What chat of test/load/generator.mjs takes and gives. */
  chat(options) {
    return this.#ask({ order: 'chat', options });
  }

  async leave() {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #ask(message) {
    this.#child.send(message);
    const [{ result, error }] = await Promise.race([
      once(this.#child, 'message'),
      once(this.#child, 'exit').then(([code]) => [{ error: `The clients have ended with ${code}.` }]),
    ]);
    if (error) throw new Error(error);
    return result;
  }
}

/** Servers end the stream of who says nothing and does not answer when they ask: those who only receive ask themselves. */
const SIGN_OF_LIFE_MS = 20_000;
const PING = `<iq type='get' id='alive'><ping xmlns='urn:xmpp:ping'/></iq>`;

function people() {
  let clients = [];
  setInterval(() => clients.forEach((client, i) => i % 2 === 1 && client.write(PING)), SIGN_OF_LIFE_MS);
  return {
    login: async ({ servers, senders, password }) => {
      const [here, there] = await Promise.all(servers.map((server) => everybody({ ...server, senders, password })));
      // The generator makes a pair of each two that follow each other.
      clients = here
        .slice(0, senders)
        .flatMap((client, i) => [client, there[senders + i], there[i], here[senders + i]]);
      return clients.length;
    },
    chat: (options) => chat(clients, options),
  };
}

/** By number: they come in the order in which their log-ins ended. */
async function everybody({ port, domain, senders, password }) {
  const { clients } = await connect({ port, domain, password, users: senders * 2 });
  return clients.toSorted((a, b) => Number(a.user.slice(1)) - Number(b.user.slice(1)));
}

// As a child of a campaign.
if (process.send) {
  const orders = people();
  const obey = async ({ order, options }) => {
    try {
      process.send({ result: await orders[order](options) });
    } catch (error) {
      process.send({ error: error.message });
    }
  };
  process.on('message', (message) => void obey(message));
}
