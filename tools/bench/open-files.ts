/** Files that a process has open besides its connections, generously. */
const OTHERS = 60;

/** How many connections a process may have, for its limit of open files; Windows has none. */
export function allowed(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  return (Number(userLimits?.open_files?.soft) || Infinity) - OTHERS; // it may be the word "unlimited"
}

/** So many connections, or as many as there may be. */
export const atMost = (wanted: number): number => Math.min(wanted, allowed());
