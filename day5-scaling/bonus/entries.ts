/** One entry of a stream. */
export interface Entry {
  /** as Redis gives it: milliseconds, a dash, a number */
  id: string;
  /** what was published: an envelope as JSON */
  text: string;
  /**
   * The last entry that the sending node had read when it published this one: what stands up to there, its people had heard before
   * they heard this. Empty where that is not known.
   */
  seen: string;
}

/** Whether one entry stands behind another in their stream. */
export function isAfter(id: string, other: string): boolean {
  const [[ms, count], [otherMs, otherCount]] = [id, other].map((one) => one.split('-').map(Number));
  return ms > otherMs || (ms === otherMs && count > otherCount);
}
