// For campaigns: one question at a time over a socket, with the nanoseconds until the end of its answer.
import net from 'node:net';
import tls from 'node:tls';

const WITHIN_MS = 20_000;

/** A TCP or TLS connection from a loopback address of one's choice. What is not asked for is not parsed either. */
class Wire {
  #socket;
  #text = '';
  #isComplete;
  #settle;
  #began = 0n;

  /** `to`: { port, from, ca }; over TLS when there is a `ca`. */
  async connect({ port, from, ca }) {
    const options = { port, host: '127.0.0.1', localAddress: from };
    this.#socket = ca ? tls.connect({ ...options, ca, servername: 'localhost' }) : net.connect(options);
    this.#socket.setNoDelay(true);
    await new Promise((resolve, reject) =>
      this.#socket.once(ca ? 'secureConnect' : 'connect', resolve).once('error', reject),
    );
    this.#socket.on('data', (part) => this.#take(part));
    for (const event of ['error', 'close']) this.#socket.on(event, () => this.#settle?.());
  }

  /** Writes, and waits until the answer is complete; its text and the nanoseconds. */
  async ask(question, isComplete) {
    this.#text = '';
    this.#isComplete = isComplete;
    const answered = new Promise((resolve) => (this.#settle = resolve));
    const timer = setTimeout(() => this.#settle?.(), WITHIN_MS);
    this.#began = process.hrtime.bigint();
    this.#socket.write(question);
    const ns = await answered;
    clearTimeout(timer);
    this.#settle = undefined;
    if (ns === undefined) throw new Error(`No answer to ${question}: ${this.#text || 'nothing'}`);
    return { text: this.#text, ns };
  }

  close() {
    this.#socket.destroy();
  }

  #take(part) {
    const at = process.hrtime.bigint();
    this.#text += part;
    if (this.#settle && this.#isComplete(this.#text)) this.#settle(Number(at - this.#began));
  }
}

/** A client's stream up to its features, without TLS: loopback may do without. */
export async function openStream({ port, from, domain }) {
  const wire = new Wire();
  await wire.connect({ port, from });
  const open = async () => {
    const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>`;
    await wire.ask(header, (text) => text.includes('</stream:features>'));
  };
  await open();
  return {
    open,
    close: () => wire.close(),
    /** `end`: what the answer ends with. */
    ask: (xml, end) => wire.ask(xml, (text) => text.endsWith(end)),
  };
}

/** A keep-alive HTTPS connection. */
export async function openHttp({ port, from, ca }) {
  const wire = new Wire();
  await wire.connect({ port, from, ca });
  return {
    close: () => wire.close(),
    post: (path, body) =>
      wire.ask(
        `POST ${path} HTTP/1.1\r\nhost: localhost:${port}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        isWholeAnswer,
      ),
  };
}

function isWholeAnswer(text) {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
  return Buffer.byteLength(text) - head - 4 >= Number(length);
}
