/** Numbers with the greatest of every few, which tell where not to look: going through 100,000 takes as long as a read. */
export class Peaked {
  readonly #numbers: Float32Array;
  readonly #peaks: Float32Array;

  constructor(numbers: Float32Array) {
    this.#numbers = numbers;
    this.#peaks = peaksOf(numbers);
  }

  /** -1 where there is none. */
  highest(): number {
    return this.#peaks.reduce((most, peak) => Math.max(most, peak), -1);
  }

  /** The places of the `limit` greatest that reach `least`, and of those below by no more than `margin`. */
  greatest(limit: number, { least, margin }: { readonly least: number; readonly margin: number }): number[] {
    const floor = this.#floorOf(limit, least) - margin;
    const places: number[] = [];
    this.#eachFrom(floor, at => places.push(at));
    return places;
  }

  /**
   * What the `limit` greatest of those that reach `least` reach, or a bit less: sorting 100,000 takes as long as
   * comparing them, so they are counted by how great they are.
   */
  #floorOf(limit: number, least: number): number {
    const counts = new Uint32Array(BINS + 1);
    this.#eachFrom(least, (_, number) => {
      const bin = binOf(number);
      counts[bin] = (counts[bin] ?? 0) + 1;
    });
    let bin = BINS;
    for (let left = limit - (counts[bin] ?? 0); left > 0 && bin > 0; left -= counts[bin] ?? 0) bin -= 1;
    return bin === 0 ? least : Math.max(least, (bin / BINS) * 2 - 1);
  }

  #eachFrom(least: number, visit: (at: number, number: number) => void): void {
    for (const [group, peak] of this.#peaks.entries()) {
      if (peak < least) continue;
      const end = Math.min((group + 1) * GROUP, this.#numbers.length);
      for (let at = group * GROUP; at < end; at++) {
        const number = this.#numbers[at] ?? 0;
        if (number >= least) visit(at, number);
      }
    }
  }
}

const GROUP = 64;
const BINS = 4096;

const binOf = (number: number): number => Math.floor(((Math.max(-1, Math.min(1, number)) + 1) / 2) * BINS);

function peaksOf(numbers: Float32Array): Float32Array {
  const peaks = new Float32Array(Math.ceil(numbers.length / GROUP));
  for (let group = 0, at = 0; group < peaks.length; group++) {
    let most = -1;
    for (const end = Math.min(at + GROUP, numbers.length); at < end; at++) {
      const number = numbers[at] ?? 0;
      if (number > most) most = number;
    }
    peaks[group] = most;
  }
  return peaks;
}
