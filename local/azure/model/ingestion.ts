/** One item of telemetry, as Application Insights takes it. */
export interface Envelope {
  readonly name: string;
  readonly time: string;
  readonly iKey: string;
  /** Operation id and the like, by tag. */
  readonly tags: Readonly<Record<string, string>>;
  readonly data: {
    readonly baseType: string;
    readonly baseData: Readonly<Record<string, unknown>>;
  };
}

/** An Application Insights component that keeps what it is sent. */
export class Ingestion {
  readonly instrumentationKey: string;
  readonly #envelopes: Envelope[] = [];

  constructor(instrumentationKey: string) {
    this.instrumentationKey = instrumentationKey;
  }

  get envelopes(): readonly Envelope[] {
    return this.#envelopes;
  }

  accept(envelopes: readonly Envelope[]): void {
    this.#envelopes.push(...envelopes);
  }

  /** What the items of a kind say, e.g. `EventData`, with their tags. */
  ofType(baseType: string): (Record<string, unknown> & Pick<Envelope, 'tags'>)[] {
    return this.#envelopes
      .filter(({ data }) => data.baseType === baseType)
      .map(({ tags, data }) => ({ ...data.baseData, tags }));
  }
}
