/** By what a person is told in a group. */
export interface Identity {
  readonly id: string;
  readonly dn: string;
  readonly login: string;
  readonly primaryGroup: string | undefined;
}

/** Who is in a group, directly, through other groups or by the primary group. */
export interface Members {
  has(person: Identity): boolean;
}
