/** A measured figure with its unit, to the digits that a race is good for: `0.02`, `1.3 ms`, `853 B`; `-` for none yet. */
export function figure(value: number, unit = ''): string {
  if (!Number.isFinite(value)) return '-';
  const small = value !== 0 && value < 0.01;
  const text = small ? value.toPrecision(1) : value.toFixed(value >= 10 ? 0 : value >= 1 ? 1 : 2);
  return `${text} ${unit}`.trim();
}
