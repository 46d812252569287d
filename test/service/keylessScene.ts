import { expect } from 'vitest';
import {
  type KeylessPreview,
  previewKeyless,
  requestKeyless,
} from '../../shared/service/operations/keyless.ts';
import type { World } from './world.ts';

/** Who asks for the end of keys, and why. */
export const ASKED = { actor: 'ada', comment: 'Entra ID only' };

/** What an operation that is refused rejects with. */
export function refusal(kind: string) {
  return expect.objectContaining({ refusal: expect.objectContaining({ kind }) });
}

/** An operator looks at the preview and confirms it. */
export async function ask(world: World, id = 'keyless-1'): Promise<KeylessPreview> {
  const preview = await previewKeyless(world.id(), world.dependencies());
  const { confirm } = preview;
  await requestKeyless(world.id(), id, { ...ASKED, confirm }, world.dependencies());
  return preview;
}
