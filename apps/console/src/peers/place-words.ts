import type { Peer } from '@interoffice/contract';

/** A sentence for each thing that settings say of a peer beside the rules. */
export function placeWords({
  office,
  via,
  carries,
  passedOn,
}: Pick<Peer, 'office' | 'via' | 'carries' | 'passedOn'>): string[] {
  return [
    office ? 'Another office of ours: what it says of rooms, and that it has recorded something, is believed.' : '',
    via === undefined ? '' : `It is not called itself: everything to it and from it goes through ${via}.`,
    carries.length === 0 ? '' : `Through it we reach ${carries.join(', ')}.`,
    passedOn.to.length === 0 ? '' : `What it sends is passed on from here to ${passedOn.to.join(', ')}.`,
    passedOn.from.length === 0 ? '' : `Passed on from here to it is what comes from ${passedOn.from.join(', ')}.`,
  ].filter((words) => words !== '');
}
