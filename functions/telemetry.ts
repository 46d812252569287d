import { app } from '@azure/functions';
import { startRecorder } from '../shared/azure/telemetry/start.ts';

/** Where telemetry is wanted, every invocation is recorded; where it is not, nothing is in its way. */
const recorder = startRecorder(process.env, (message) => console.warn(message));

if (recorder) {
  app.hook.preInvocation((hook) => {
    const { functionHandler: handler, invocationContext } = hook;
    const { functionName, traceContext } = invocationContext;
    hook.functionHandler = (...inputs) =>
      recorder.record(functionName, traceContext?.traceParent, () => handler(...inputs));
  });
  app.hook.appTerminate(() => recorder.flush());
}
