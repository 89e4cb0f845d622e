/** Files that a process has open besides its connections, generously. */
const OTHERS = 60;

/** How many connections a process may have. Its limit of open files decides; Windows has no such limit. */
export function mostConnections(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  return (Number(userLimits?.open_files?.soft) || Infinity) - OTHERS; // the limit may be the word "unlimited"
}
