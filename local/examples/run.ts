import type { Example } from './catalogue.ts';
import { type ExampleProcess, spawnExample } from './exampleProcess.ts';
import { type AppSettings, settingsOnceKnown } from './settings.ts';
import { isRunning, type StartedService } from './startedService.ts';
import { type Subscriber, subscriberOf } from './subscriber.ts';

export interface ExampleOptions {
  readonly example: Pick<Example, 'name' | 'account'>;
  /** Of the example's web service; 0: any free one. */
  readonly port: number;
  /** Told of every line that the example prints. */
  readonly onLine: (line: string) => void;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

/** An app at work as a process, whatever it is. */
export interface AppProcess {
  readonly pid: number;
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Ends it in order, as a platform does. */
  stop(): Promise<number | NodeJS.Signals>;
}

/** What an app goes by: its account lists it, until `stop`. */
export interface Listed {
  readonly account: string;
  /** The app's name, for acknowledgements. */
  readonly subscriber: string;
}

/** An example at work: its account lists it, and the events reach it. */
export type RunningExample = ExampleProcess & Listed;

/**
 * Starts an example against a service, and sets it up as its account's owner would. Rejects with
 * nothing left running or set up.
 */
export function runExample(
  service: StartedService,
  options: ExampleOptions,
): Promise<RunningExample> {
  const { name, account } = options.example;
  const { onLine } = options;
  const listed = { account, subscriber: `example-${name}` };
  return runListed(service, listed, options, async (settings, subscriber) => {
    const child = await spawnExample({ name, settings, onLine });
    try {
      await subscriber.subscribe(eventsUrl(child.url, settings));
      return child;
    } catch (error) {
      await child.stop();
      throw error;
    }
  });
}

/** Where an app takes its events; the code is a secret. */
export function eventsUrl(url: string, settings: AppSettings): string {
  return `${url}/events?code=${settings['EVENTS_CODE']}`;
}

/**
 * Has the account list the app, starts it, and takes the app's place back when it is stopped. Rejects
 * with nothing left set up; what `start` began it ends itself when it rejects.
 */
export async function runListed<App extends AppProcess>(
  service: StartedService,
  listed: Listed,
  options: { readonly port: number; readonly signal?: AbortSignal },
  start: (settings: AppSettings, subscriber: Subscriber) => Promise<App>,
): Promise<App & Listed> {
  const { port, signal } = options;
  const subscriber = await subscriberOf(service, listed.account, listed.subscriber);
  // A service that has ended has forgotten the app by itself.
  const leave = async () => {
    if (isRunning(service.pid)) await subscriber.leave().catch(() => {});
  };
  try {
    await subscriber.list();
    const settings = await settingsOnceKnown(service, listed.account, subscriber, { port, signal });
    const app = await start(settings, subscriber);
    const stop = async () => {
      const [code] = await Promise.all([app.stop(), leave()]);
      return code;
    };
    return { ...app, ...listed, stop };
  } catch (error) {
    await leave();
    throw error;
  }
}
