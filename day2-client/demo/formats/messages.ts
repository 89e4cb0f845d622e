/** The strokes of a drawing game, from a random generator with a fixed seed, so that every run measures the same messages. */
export interface Stroke {
  user: number;
  x: number;
  y: number;
  /** a Float32 value, so that every format can hold it exactly */
  pressure: number;
  color: string;
}

let seed = 20_250_101;
const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
const COLORS = ['ink', 'red', 'green', 'blue'];

export const messages: Stroke[] = Array.from({ length: 200 }, () => ({
  user: random(1_000),
  x: random(1_920),
  y: random(1_080),
  pressure: Math.fround(random(1_000) / 1_000),
  color: COLORS[random(COLORS.length)],
}));
export const colors = COLORS;
