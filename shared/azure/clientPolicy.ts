import type { PipelinePolicy } from '@azure/core-rest-pipeline';

/** Something to happen around every try of a client's requests, as the SDKs' client options take it. */
export interface ClientPolicy {
  readonly policy: PipelinePolicy;
  readonly position: 'perRetry';
}
