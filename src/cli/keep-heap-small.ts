import { setFlagsFromString } from 'node:v8';

/**
 * Has the heap of this process grow later than V8 would: a server beside every editor window is mostly idle, and nothing
 * is given back then. Young space stays at the 4 MB it has when the modules are evaluated (it would grow to 32), old space
 * takes less than twice what is alive (docs/decisions/0039). Both are read anew at each growth, so they may be set late.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=80');
}
