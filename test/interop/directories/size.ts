/** How many entries the directories hold. */
export interface DirectorySize {
  readonly slapdPeople: number;
  /** Members of the largest group in slapd; those beyond the people have left. */
  readonly slapdLargest: number;
  readonly domainPeople: number;
}

const SIZES: Readonly<Record<string, DirectorySize>> = {
  small: { slapdPeople: 1200, slapdLargest: 1600, domainPeople: 150 },
  full: { slapdPeople: 12_000, slapdLargest: 5000, domainPeople: 1500 },
};

/** INTEROP_DIRECTORY_SIZE: `small` (without it) or `full`. */
export function directorySize(): DirectorySize {
  const name = process.env['INTEROP_DIRECTORY_SIZE'] ?? 'small';
  const size = SIZES[name];
  if (!size) throw new Error(`INTEROP_DIRECTORY_SIZE is small or full, not ${name}`);
  return size;
}
