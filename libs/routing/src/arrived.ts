/**
 * Messages that came in over one kind of stream, and what became of them. Both sides are counted in different places: a
 * way through routing that neither records a message nor says why would show here. C-01
 */
export class Arrived {
  arrived = 0;
  /** With a row in the journal, be it that they passed or were refused. */
  recorded = 0;
  /** The same message once more: acknowledged, with no row of its own. */
  repeated = 0;
  /** Without content worth keeping, such as chat states; decision of what is recorded. */
  fleeting = 0;
  /** Carried out by the host of the address, which records what it makes of them. */
  carriedOut = 0;
  /** Answered with an error before anything was decided: the archive could take no more, or the address was none. */
  turnedAway = 0;

  /** Of how many it is known what became of them. */
  get accounted(): number {
    return this.recorded + this.repeated + this.fleeting + this.carriedOut + this.turnedAway;
  }
}
