import type { Command } from './command.js';
import { status } from './status.js';

export const commands: readonly Command[] = [status];
