import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../errors.js';
import type { Command } from './command.js';

/** It drives the server as a client does, with a client of its own, so it is bundled apart (`scripts/bundle.mjs`). */
const SCRIPT = fileURLToPath(new URL('./demo.js', import.meta.url));

export const demo: Command = {
  name: 'demo',
  description: 'Show what it does on real input, in a database that is thrown away: kills included.',
  async work(_engine, { flags }) {
    if (!existsSync(SCRIPT))
      throw new EngineError('not_found', `There is no ${SCRIPT}.`, 'Build it first: npm run build.');
    const child = spawn(process.execPath, [SCRIPT, ...(flags.json === true ? ['--json'] : [])], {
      stdio: 'inherit',
    });
    const [code] = await once(child, 'exit');
    return Number(code ?? 1);
  },
};
