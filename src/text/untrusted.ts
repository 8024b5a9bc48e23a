import type { Trust } from '../schema/memory.js';
import { fence } from './fence.js';

/** Text that came from outside is fenced, so that a model does not read it as instructions. */
export const fenceUntrusted = (text: string, trust: Trust): string =>
  trust === 'tool' || trust === 'import' ? fence(text, `untrusted ${trust}`) : text;
