import { Random } from '../../local/azure/model/random.ts';

/** Seeded chance for making up a world; what happens in it later is drawn by name, see `draws.ts`. */
export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** From 0 (included) to 1 (excluded). */
  next(): number {
    return this.#random.next();
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new Error('nothing to pick from');
    return choices[Math.floor(this.next() * choices.length)] as T;
  }
}

/** A number in [0, 1) that belongs to a seed and a name: FNV-1a with the finalizer of MurmurHash3. */
export function uniform(seed: number, name: string): number {
  return uniformOf(hashed(hashOf(seed), name));
}

/** The hash that belongs to a seed and no name yet. */
export function hashOf(seed: number): number {
  return (0x811c9dc5 ^ seed) >>> 0;
}

/** The hash of a name whose beginning has the hash `begun`. */
export function hashed(begun: number, rest: string): number {
  let hash = begun;
  for (let index = 0; index < rest.length; index++) {
    hash = Math.imul(hash ^ rest.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** The number in [0, 1) of the name with this hash. */
export function uniformOf(hashOfName: number): number {
  let hash = Math.imul(hashOfName ^ (hashOfName >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
