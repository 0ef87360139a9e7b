// For campaigns: people in a process of their own, told what to do by the campaign: see Crowd.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chat, connect } from '../load/generator.mjs';

/** One process of clients, on a core of its own if the machine has one. */
export class Crowd {
  #child = fork(fileURLToPath(import.meta.url), { execArgv: [] });

  get pid() {
    return this.#child.pid;
  }

  /** `users` more people log in, from number `first` on; gives the log-ins per second. */
  login(options) {
    return this.#ask({ order: 'login', options });
  }

  /** Resolves with the seconds since the order when `presences` presence stanzas have come to all of them together. */
  presences(count) {
    return this.#ask({ order: 'presences', options: { count } });
  }

  /** Pairs chat at `rate` messages per second until `endChat`; gives what chat of test/load/generator.mjs gives. */
  chat(options) {
    return this.#ask({ order: 'chat', options });
  }

  endChat() {
    this.#child.send({ order: 'end' });
  }

  async leave() {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #ask(message) {
    const answer = new Promise((resolve, reject) => {
      const done = (told) => {
        if (told.order !== message.order) return;
        this.#child.off('message', done);
        if (told.error) reject(new Error(told.error));
        else resolve(told.result);
      };
      this.#child.on('message', done);
    });
    this.#child.send(message);
    return answer;
  }
}

function people() {
  const clients = [];
  const total = () => clients.reduce((sum, client) => sum + client.presences, 0);
  let end;
  return {
    login: async (options) => {
      const { clients: more, loginsPerS } = await connect(options);
      clients.push(...more);
      return Math.round(loginsPerS);
    },
    presences: async ({ count }) => {
      const began = performance.now();
      while (total() < count) {
        if (performance.now() - began > 120_000) throw new Error(`${total()} of ${count} presence stanzas have come`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return Number(((performance.now() - began) / 1000).toFixed(2));
    },
    chat: (options) => chat(clients, { ...options, ended: new Promise((resolve) => (end = resolve)) }),
    end: () => end(),
  };
}

// As a child of a campaign.
if (process.send) {
  const orders = people();
  const obey = async ({ order, options }) => {
    try {
      const result = await orders[order](options);
      if (order !== 'end') process.send({ order, result });
    } catch (error) {
      process.send({ order, error: error.message });
    }
  };
  process.on('message', (message) => void obey(message));
}
