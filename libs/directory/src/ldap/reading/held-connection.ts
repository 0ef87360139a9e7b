import { Failure } from '@interoffice/telemetry';
import type { LdapConnection } from '../connection.js';
import { isAnswer, type LdapPool } from '../pool.js';

/** A connection that dies before it has given anything costs another one, with smaller pages; not for ever. */
const MOST_ATTEMPTS = 4;

/**
 * What `read` gives, over one connection of the pool that is held until the caller has read to the end or turned away.
 * The caller may take its time; whoever stops early costs the connection, since the server may still keep his place.
 * As long as nothing was given, reading begins anew on another connection when the first one is lost.
 */
export async function* overHeld<T>(
  pool: LdapPool,
  read: (connection: LdapConnection) => AsyncIterable<T>,
): AsyncGenerator<T> {
  for (let attempt = 1, isWhole = false; !isWhole; attempt++) {
    let hasBegun = false;
    const { connection, giveBack } = await hold(pool);
    try {
      for await (const one of read(connection)) {
        hasBegun = true;
        yield one;
      }
      isWhole = true;
    } catch (error) {
      if (hasBegun || attempt === MOST_ATTEMPTS || !isLost(error)) throw error;
    } finally {
      if (!isWhole) connection.destroy();
      giveBack();
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof Failure && error.code === 'DIRECTORY_UNREACHABLE';
}

async function hold(pool: LdapPool): Promise<{ connection: LdapConnection; giveBack: () => void }> {
  const lent = Promise.withResolvers<LdapConnection>();
  const done = Promise.withResolvers<void>();
  const work = async (connection: LdapConnection): Promise<void> => {
    await touch(connection);
    lent.resolve(connection);
    await done.promise;
  };
  pool.use(work).catch(lent.reject);
  return { connection: await lent.promise, giveBack: done.resolve };
}

/** A kept connection may be dead: the pool takes another one as long as nothing was read. Any answer means it is alive. */
async function touch(connection: LdapConnection): Promise<void> {
  try {
    await connection.search('', { scope: 'base', attributes: ['1.1'] });
  } catch (error) {
    if (!isAnswer(error)) throw error;
  }
}
