/** Everything outside this process that the command line touches; tests bring their own. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  /** Prints what was asked for. */
  write(text: string): void;
  /** Prints what is beside it: progress, errors. */
  writeError(text: string): void;
  /** Epoch ms. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** A new random id. */
  newId(): string;
  /** Content of a text file. Throws where there is none. */
  readFile(path: string): string;
}
