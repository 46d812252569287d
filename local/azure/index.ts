/** The simulated Azure: one model, on the wire for the real SDKs and in process for simulations. */
export { type AzurePorts, type InProcessOptions, inProcessPorts } from './in-process/ports.ts';
export { runOnVirtualTime } from './in-process/run.ts';
export { type Subscriber, Subscribers } from './in-process/subscribers.ts';
export type { AccountSpec } from './model/account.ts';
export { AzureModel, type ModelSettings } from './model/azure-model.ts';
export { faultPresets, outage } from './model/fault-presets.ts';
export type { Fault, FaultRule } from './model/faults.ts';
export { ManualTime, RealTime, type TimeSource } from './model/time.ts';
export {
  type SimulatedAzure,
  type SimulatedAzureOptions,
  startSimulatedAzure,
} from './wire/simulated-azure.ts';
