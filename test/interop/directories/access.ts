/** How a directory of the lab is reached. */
export interface Access {
  readonly url: string;
  /** File with the certificate of the authority. */
  readonly authority: string;
  /** DN of a service account that reads. */
  readonly reader: string;
  /** DN of an account that may do everything. */
  readonly admin: string;
  /** Of both. */
  readonly password: string;
  readonly folder: string;
}
