/** What a proxy did, or did not do, in the place of a connection; stable. */
export type ProxyCode =
  /** There is no connection to the proxy itself. */
  | 'proxy-unreachable'
  /** It wants a user name and a password, and none are set. */
  | 'proxy-auth-required'
  /** It does not take those that are set. */
  | 'proxy-auth-refused'
  /** It wants another way of logging in than by user name and password. */
  | 'proxy-auth-method'
  /** It does not want to. */
  | 'proxy-refused'
  /** It wants to, and cannot. */
  | 'proxy-target-unreachable'
  /** It was reached and does not answer. */
  | 'proxy-timeout'
  /** It closed the connection in the place of an answer. */
  | 'proxy-closed'
  /** What it answered is no answer. */
  | 'proxy-protocol'
  /** It is set in a way in which nothing can be asked of it. */
  | 'proxy-settings';

/**
 * No connection came about: at which stage, and what the proxy, the system or the peer said. Neither a password nor
 * anything that a proxy has written stands in it: some write back what they were sent.
 */
export class DialFailure extends Error {
  override readonly name = 'DialFailure';

  constructor(
    readonly stage: 'proxy' | 'connect' | 'tls',
    /** `timeout`, or the code that Node gives, such as ECONNREFUSED; of stage `proxy`: a ProxyCode. */
    readonly code: string,
    cause?: Error,
    /** Of a proxy: its answer as a number, such as `HTTP 403`, or the code that Node gives. */
    readonly said?: string,
  ) {
    super(`${stage}: ${code}${said === undefined ? '' : ` (${said})`}`, { cause });
  }
}

export function proxyFailure(code: ProxyCode, said?: string, cause?: Error): DialFailure {
  return new DialFailure('proxy', code, cause, said);
}
