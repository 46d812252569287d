import { useInstrumenter } from '@azure/core-tracing';
import { instrumenterOf } from './instrumenter.ts';
import { Recorder, type Sink } from './recorder.ts';

let recorder: Recorder | undefined;

/**
 * The process's recorder, made at the first call; undefined where no telemetry is wanted, that is where
 * `APPLICATIONINSIGHTS_CONNECTION_STRING` is not set. From then on the Azure SDKs report to it.
 */
export function startRecorder(
  env: NodeJS.ProcessEnv,
  warn: (message: string) => void,
): Recorder | undefined {
  const connectionString = env['APPLICATIONINSIGHTS_CONNECTION_STRING'];
  if (recorder || !connectionString) return recorder;
  recorder = new Recorder(() => loadSink(connectionString, env, warn), warn);
  useInstrumenter(instrumenterOf(recorder));
  return recorder;
}

/** The process's recorder, where one was started. */
export function currentRecorder(): Recorder | undefined {
  return recorder;
}

/** Everything that sends is loaded here, when the first invocation is over. */
async function loadSink(
  connectionString: string,
  env: NodeJS.ProcessEnv,
  warn: (message: string) => void,
): Promise<Sink> {
  const { readIngestion } = await import('./ingestion.ts');
  const ingestion = readIngestion(connectionString, env);
  const { applicationInsights } = await import('./applicationInsights.ts');
  return applicationInsights(ingestion, warn);
}
