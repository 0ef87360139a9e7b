/** A time as it is written here; nothing where there is none. */
export function Moment({ iso }: { iso: string | undefined }) {
  return iso === undefined ? null : <time dateTime={iso}>{new Date(iso).toLocaleString()}</time>;
}
