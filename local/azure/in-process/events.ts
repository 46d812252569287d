import type { Events } from '../../../shared/service/ports.ts';
import { parseCloudEvents } from '../model/cloud-event.ts';
import type { Caller } from './caller.ts';

/** The port `Events`, on the model's topic. */
export function inProcessEvents(caller: Caller): Events {
  return {
    send: (events) =>
      caller.read({ service: 'eventgrid', operation: 'publishEvents', target: '' }, () => {
        caller.model.topic.accept(parseCloudEvents([...events]));
      }),
  };
}
