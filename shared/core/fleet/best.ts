/** Keeps the `limit` best of any number of items, in memory for twice as many. */
export class Best<T> {
  readonly #limit: number;
  readonly #compare: (left: T, right: T) => number;
  #items: T[] = [];

  /** `compare` as for sorting: the best come first. */
  constructor(limit: number, compare: (left: T, right: T) => number) {
    this.#limit = limit;
    this.#compare = compare;
  }

  add(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#limit) this.#cut();
  }

  /** The best, in order. */
  get items(): readonly T[] {
    this.#cut();
    return this.#items;
  }

  #cut(): void {
    this.#items.sort(this.#compare);
    this.#items.length = Math.min(this.#items.length, this.#limit);
  }
}
