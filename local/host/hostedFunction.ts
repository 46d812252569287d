import * as z from 'zod';
import type { RegisteredFunction } from './functionsCore.ts';
import { HostError } from './hostError.ts';
import type { FunctionCallback, FunctionMetadata } from './rpc.ts';

/** Bindings are named by the library (type and hash), so the name is data like any other. */
const named = { name: z.string() };
const queue = { queueName: z.string().min(1), connection: z.string().default('') };

const httpTriggerSchema = z.object({
  ...named,
  type: z.literal('httptrigger'),
  route: z.string().optional(),
  methods: z.array(z.string().toUpperCase()),
  authLevel: z.enum(['anonymous', 'function', 'admin']),
});
const timerTriggerSchema = z.object({
  ...named,
  type: z.literal('timertrigger'),
  schedule: z.string().min(1),
  runOnStartup: z.boolean().default(false),
  useMonitor: z.boolean().default(true),
});
const queueTriggerSchema = z.object({ ...named, ...queue, type: z.literal('queuetrigger') });
const eventGridTriggerSchema = z.object({ ...named, type: z.literal('eventgridtrigger') });
const triggerSchema = z.discriminatedUnion('type', [
  httpTriggerSchema,
  timerTriggerSchema,
  queueTriggerSchema,
  eventGridTriggerSchema,
]);
const queueOutputSchema = z.object({ ...named, ...queue, type: z.literal('queue') });

export type HttpTrigger = z.infer<typeof httpTriggerSchema>;
export type TimerTrigger = z.infer<typeof timerTriggerSchema>;
export type QueueTrigger = z.infer<typeof queueTriggerSchema>;
export type EventGridTrigger = z.infer<typeof eventGridTriggerSchema>;
export type Trigger = z.infer<typeof triggerSchema>;
type QueueOutput = z.infer<typeof queueOutputSchema>;

/** A function that this host can run: its trigger and outputs are known and complete. */
export interface HostedFunction<T extends Trigger = Trigger> {
  name: string;
  metadata: FunctionMetadata;
  callback: FunctionCallback;
  trigger: T;
  /** `name` is the binding's key: `$return` for the return value. */
  queueOutputs: QueueOutput[];
}

const SUPPORTED = {
  in: ['httpTrigger', 'timerTrigger', 'queueTrigger', 'eventGridTrigger'],
  out: ['http', 'queue'],
};

/** Checks what an app registered; anything this host cannot do stops the start. */
export function hostedFunction({ metadata, callback }: RegisteredFunction): HostedFunction {
  const { name } = metadata;
  const bindings = Object.entries(metadata.bindings).map(([key, binding]) => ({
    ...binding,
    name: key,
    direction: binding['direction'] === 'out' ? ('out' as const) : ('in' as const),
    type: String(binding['type']),
  }));
  for (const { type, direction } of bindings) {
    if (!SUPPORTED[direction].some((known) => known.toLowerCase() === type.toLowerCase())) {
      throw new HostError(
        `Function "${name}": expected ${direction === 'in' ? 'an input' : 'an output'} of type ` +
          `${SUPPORTED[direction].join(', ')}, found ${type}. ` +
          'The local host has no other bindings: run this function in Azure, or leave it out of --app.',
      );
    }
  }
  const lowerCased = bindings.map((binding) => ({ ...binding, type: binding.type.toLowerCase() }));
  const inputs = lowerCased.filter(({ direction }) => direction === 'in');
  const outputs = lowerCased.filter(({ type }) => type === 'queue');
  return {
    name,
    metadata,
    callback,
    trigger: parseBinding(triggerSchema, inputs[0], name),
    queueOutputs: outputs.map((output) => parseBinding(queueOutputSchema, output, name)),
  };
}

/** Narrows to the functions of one trigger type. */
export function triggeredBy<T extends Trigger['type']>(
  functions: readonly HostedFunction[],
  type: T,
): HostedFunction<Extract<Trigger, { type: T }>>[] {
  return functions.filter(
    (hosted): hosted is HostedFunction<Extract<Trigger, { type: T }>> =>
      hosted.trigger.type === type,
  );
}

function parseBinding<T>(schema: z.ZodType<T>, binding: unknown, functionName: string): T {
  const parsed = schema.safeParse(binding);
  if (!parsed.success) {
    throw new HostError(
      `Function "${functionName}" has a binding that is not complete:\n${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data;
}
