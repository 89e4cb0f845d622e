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

/** Whether the stream still has all that stands behind `seen`. @param entries its oldest first @param seen of an entry */
export function reachesBack([oldest]: Entry[], seen: string): boolean {
  const wasEmpty = seen === '' || seen === '0-0';
  return wasEmpty || (oldest !== undefined && !isAfter(oldest.id, seen));
}
