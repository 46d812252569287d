/** The simulated Azure: one model, on the wire for the real SDKs. */
export type { AccountSpec } from './model/account.ts';
export { faultPresets, outage } from './model/fault-presets.ts';
export type { Fault, FaultRule } from './model/faults.ts';
export { ManualTime, RealTime, type TimeSource } from './model/time.ts';
export {
  type SimulatedAzure,
  type SimulatedAzureOptions,
  startSimulatedAzure,
} from './wire/simulated-azure.ts';
