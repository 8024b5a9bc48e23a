import { existsSync, readFileSync } from 'node:fs';
import type { Listed } from '../mcp/surface.js';

/** What all tools, resources and prompts look like, and the toolset of each tool by its name. */
export type BuiltListing = { readonly listed: Listed; readonly toolsets: Readonly<Record<string, string>> };

/** As `scripts/bundle.mjs` wrote it beside the command, so that listing makes no schemas; undefined from the source. */
export function builtListing(): BuiltListing | undefined {
  const file = new URL('./listing.json', import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
