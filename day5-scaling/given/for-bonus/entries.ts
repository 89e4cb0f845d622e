/** One entry of a stream. */
export interface Entry {
  /** the id that Redis has given it: milliseconds, a dash, a number, such as `1700000000000-0` */
  id: string;
  /** what was published: an envelope as JSON */
  text: string;
  /**
   * The id of the last entry that the sending node had read when it published this one. Its people saw all messages up to that entry
   * before they saw this one. Empty if that id is not known.
   */
  seen: string;
}

/** Whether an entry comes after another one in their stream. @param id of the entry @param other id of the other one */
export function isAfter(id: string, other: string): boolean {
  const [[ms, count], [otherMs, otherCount]] = [id, other].map((one) => one.split('-').map(Number));
  return ms > otherMs || (ms === otherMs && count > otherCount);
}

/** Whether the stream still has all entries after `seen`. @param entries oldest first @param seen the `seen` of an entry */
export function reachesBack([oldest]: Entry[], seen: string): boolean {
  const wasEmpty = seen === '' || seen === '0-0';
  return wasEmpty || (oldest !== undefined && !isAfter(oldest.id, seen));
}
