import type { AccountExplanation, Directory, DirectoryPreview, Finding } from '@interoffice/contract';
import type { Jid } from '@interoffice/wire';

/** The directories people come from, for who administers them. Unknown names: undefined, or NO_SUCH_DIRECTORY. */
export interface AdministeredDirectories {
  list(): Promise<readonly Directory[]>;
  find(name: string): Promise<Directory | undefined>;
  /** Starts one, or waits behind the one that runs; the outcome stands in the list. Rejects with NO_SUCH_DIRECTORY. */
  sync(name: string, kind: 'full' | 'changes'): Promise<void>;
  /** What the next full sync would do; nothing is changed. Rejects with DIRECTORY_UNREACHABLE. */
  preview(name: string): Promise<DirectoryPreview>;
  /** Does, or drops, what a guarded sync would have done. Rejects with NO_SUCH_SYNC when it is decided already. */
  decide(
    name: string,
    held: string,
    decision: { readonly what: 'apply' | 'reject'; readonly by: string },
  ): Promise<void>;
  /** Each step of the examination with its outcome; every step has a time limit. */
  examine(name: string, login: string | undefined): Promise<readonly Finding[]>;
  /** Undefined where nobody of this address is known anywhere. */
  explain(account: Jid): Promise<AccountExplanation | undefined>;
}
