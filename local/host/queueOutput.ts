import type { HostedFunction } from './hostedFunction.ts';
import type { InvocationResponse, TypedData } from './rpc.ts';
import type { Storage } from './storage.ts';

const RETURN_BINDING = '$return';

/** Sends what a call put into its Storage queue outputs, returned or set on `extraOutputs`. */
export async function sendQueueOutputs(
  hosted: HostedFunction,
  response: InvocationResponse,
  storage: Storage,
): Promise<void> {
  for (const binding of hosted.queueOutputs) {
    const value =
      binding.name === RETURN_BINDING
        ? response.returnValue
        : response.outputData?.find(({ name }) => name === binding.name)?.data;
    const queue = storage.queue(binding, `Function "${hosted.name}"`);
    for (const text of messageTexts(value)) await queue.send(text);
  }
}

/** One message per element of an array; strings as they are, everything else as JSON. */
export function messageTexts(value: TypedData | null | undefined): string[] {
  if (!value) return [];
  if (value.json !== undefined) {
    const parsed: unknown = JSON.parse(value.json);
    return Array.isArray(parsed) ? parsed.map(elementText) : [value.json];
  }
  if (value.bytes !== undefined) return [Buffer.from(value.bytes).toString('utf8')];
  const scalar = value.string ?? value.int ?? value.double;
  return scalar === undefined ? [] : [String(scalar)];
}

function elementText(element: unknown): string {
  return typeof element === 'string' ? element : JSON.stringify(element);
}
