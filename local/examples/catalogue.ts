/** An example, by the name of its file in `examples/typescript/`. */
export interface Example {
  readonly name: string;
  /** The demo's account that it calls. */
  readonly account: string;
  /** Something to ask it, as a URL's query. */
  readonly query: string;
}

/** What `npm run example` can run. */
export const EXAMPLES: readonly Example[] = [
  { name: 'text-analytics', account: 'contoso-language', query: 'text=Keys+come+and+go.' },
  { name: 'openai', account: 'contoso-openai', query: 'text=Hello' },
  { name: 'translator', account: 'contoso-translator', query: 'text=Keys+come+and+go.&to=de' },
];
