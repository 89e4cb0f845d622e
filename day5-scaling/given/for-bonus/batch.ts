/** Some frames, one after the other. Clients that get the same frames share a batch, so these are joined only once. */
export class Batch {
  readonly size: number;
  readonly #before: Batch | undefined;
  readonly #frame: Uint8Array | undefined;
  #after: Batch | undefined;
  #bytes: Uint8Array | undefined;

  /** An empty batch, or one that has all frames of another one and then this one. */
  constructor(before?: Batch, frame?: Uint8Array) {
    this.#before = before;
    this.#frame = frame;
    this.size = (before?.size ?? 0) + (frame?.length ?? 0);
  }

  /** The batch with one more frame. If it is called twice with the same frame, it returns the same batch. */
  with(frame: Uint8Array): Batch {
    if (!this.#after || this.#after.#frame !== frame) this.#after = new Batch(this, frame);
    return this.#after!;
  }

  /** The frames, in order. */
  get frames(): Uint8Array[] {
    const frames = this.#frame ? [this.#frame] : [];
    for (let one = this.#before; one; one = one.#before) if (one.#frame) frames.push(one.#frame);
    return frames.reverse();
  }

  /** All frames in one piece. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= Buffer.concat(this.frames, this.size));
  }
}
