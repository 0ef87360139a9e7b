import type { Witness } from '@interoffice/archive';
import type { FastifyInstance } from 'fastify';

/** Where other appliances have their checkpoints signed. C2SP tlog-witness */
export const WITNESS_PATH = '/witness/add-checkpoint';
/** A checkpoint with some signatures and 63 hashes. */
const MOST_BODY_BYTES = 16 * 1024;

/** Anybody may ask; only what a log has signed whose key stands in the settings moves anything. */
export async function serveWitness(app: FastifyInstance, witness: Pick<Witness, 'add'>): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MOST_BODY_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(WITNESS_PATH, async (request, reply) => {
      const { status, body } = await witness.add(typeof request.body === 'string' ? request.body : '');
      const type = status === 409 ? 'text/x.tlog.size' : 'text/plain; charset=utf-8';
      return reply.status(status).type(type).send(body);
    });
  });
}
