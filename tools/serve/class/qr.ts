/**
 * A QR code for a short address (ISO/IEC 18004): bytes, error correction level L, versions 1 to 5. These versions have one block of data
 * and at most one alignment pattern, which keeps the code short.
 */

/** For each version: the bytes of data, and the bytes of error correction. */
const SIZES = [
  [19, 7],
  [34, 10],
  [55, 15],
  [80, 20],
  [108, 26],
];

/**
 * @param text at most 106 bytes
 * @returns rows of modules, true for a dark one
 * @throws RangeError if the text is too long
 */
export function qrCode(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const index = SIZES.findIndex(([room]) => bytes.length + 2 <= room);
  if (index < 0) throw new RangeError(`${bytes.length} bytes are too many for this QR code: 106 fit.`);
  const [room, correction] = SIZES[index];
  const version = index + 1;
  const size = 17 + 4 * version;
  const empty = (): boolean[][] => Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  const [dark, fixed] = [empty(), empty()];
  const set = (x: number, y: number, isDark: boolean): void => {
    if (dark[y]?.[x] === undefined) return;
    dark[y][x] = isDark;
    fixed[y][x] = true;
  };

  // The timing patterns first: the finder patterns, with their light border, cover their ends.
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  const square = (x: number, y: number, radius: number, light: number[]): void => {
    for (let dy = -radius; dy <= radius; dy++)
      for (let dx = -radius; dx <= radius; dx++)
        set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
  };
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ])
    square(x, y, 4, [2, 4]);
  if (version > 1) square(size - 7, size - 7, 2, [1]);
  drawFormat(set, size);

  const codewords = [...dataOf(bytes, room)];
  codewords.push(...remainder(codewords, correction));
  const bits = codewords.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((i) => ((byte >> i) & 1) === 1));
  // In columns of two modules, from the right, upwards and downwards in turn. Column 6 is the timing pattern.
  let [next, up] = [0, true];
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right--;
    for (let i = 0; i < size; i++) {
      const y = up ? size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (fixed[y][x]) continue;
        const bit = bits[next++] ?? false;
        dark[y][x] = bit !== ((x + y) % 2 === 0); // mask 0. Every mask is valid; the standard chooses the one that looks least regular.
      }
    }
    up = !up;
  }
  return dark;
}

/** An SVG of it, with the light border that a phone needs. Dark on light in dark mode, too: many phones can't read the opposite. */
export function qrSvg(text: string): string {
  const modules = qrCode(text);
  const size = modules.length + 8;
  const path = modules.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x + 4} ${y + 4}h1v1h-1z`] : [])));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path.join('')}"/></svg>`;
}

/** The level (L) and the mask (0), twice. The 15 bits carry their own error correction. */
function drawFormat(set: (x: number, y: number, isDark: boolean) => void, size: number): void {
  const bits = 0b111011111000100; // of L and mask 0
  const bit = (i: number): boolean => ((bits >> i) & 1) === 1;
  for (let i = 0; i < 15; i++) {
    set(8, i < 6 ? i : i < 8 ? i + 1 : size - 15 + i, bit(i));
    set(i < 8 ? size - 1 - i : i < 9 ? 7 : 14 - i, 8, bit(i));
  }
  set(8, size - 8, true);
}

/** The mode (bytes), the length, the bytes, and filling up to `room` bytes. */
function* dataOf(bytes: Uint8Array, room: number): Generator<number> {
  let carry = 0b0100;
  for (const byte of [bytes.length, ...bytes]) {
    yield (carry << 4) | (byte >> 4);
    carry = byte & 15;
  }
  yield carry << 4;
  for (let i = 0; i < room - bytes.length - 2; i++) yield i % 2 === 0 ? 0xec : 0x11;
}

/** Reed-Solomon: the remainder of the data, as a polynomial over GF(256), divided by (x - 1)(x - 2)(x - 4)… */
function remainder(data: number[], degree: number): number[] {
  let divisor = [1];
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2))
    divisor = [...divisor, 0].map((value, k) => value ^ (k > 0 ? times(divisor[k - 1], root) : 0));
  const rest = [...data, ...Array.from({ length: degree }, () => 0)];
  for (let i = 0; i < data.length; i++) {
    const factor = rest[i];
    divisor.forEach((value, k) => (rest[i + k] ^= times(value, factor)));
  }
  return rest.slice(data.length);
}

/** Multiplies in GF(256) with the polynomial of QR codes. */
function times(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}
