/** Files that a process has open besides its connections, generously. */
const OTHERS = 60;

/** How many connections a process may have, for its limit of open files; Windows has none. */
export function mostConnections(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  return (Number(userLimits?.open_files?.soft) || Infinity) - OTHERS; // it may be the word "unlimited"
}
