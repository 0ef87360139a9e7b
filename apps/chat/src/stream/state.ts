/** What can truthfully be said about the connection. Times in milliseconds since 1970. */
export type ConnectionState =
  /** For the first time. */
  | { readonly is: 'connecting' }
  | { readonly is: 'connected' }
  /** `nextTryAt` is missing while an attempt is on its way. `reason` of the last failure, for people. */
  | { readonly is: 'reconnecting'; readonly since: number; readonly nextTryAt?: number; readonly reason?: string }
  /** Another page has taken the session over (stream error `conflict`); nothing is tried until somebody asks for it. */
  | { readonly is: 'replaced' };
