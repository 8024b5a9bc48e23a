import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '@modelcontextprotocol/server';
import type { Config } from '../config/load.js';
import { factoryOver } from '../mcp/server.js';
import { serveOverStdio } from '../mcp/stdio.js';
import { listingOf, type Ready, type Surface } from '../mcp/surface.js';
import { keepHeapSmall } from './keep-heap-small.js';
import { builtListing } from './listing.js';
import type { Settings } from './settings.js';

/** Serves over stdio until the client is gone, or over HTTP where an address is given. */
export async function serve(settings: Settings, surface: () => Promise<Surface>): Promise<void> {
  const load = async (): Promise<Ready> => {
    const [{ open }, whole] = await Promise.all([import('./open.js'), surface()]);
    const chosen = chosenBy(settings.config);
    const tools = whole.tools.filter(({ toolset }) => chosen(toolset));
    return { engine: open(settings), surface: { ...whole, tools } };
  };
  if (settings.config.http === undefined) return serveStdio(settings.config, load);
  const { serveHttp } = await import('./serve-http.js');
  const { engine, surface: offered } = await load();
  await serveHttp(engine, offered);
}

/**
 * The engine is loaded, and its database opened, after the listings that every client asks for first, or when something
 * needs it sooner.
 */
function serveStdio(config: Config, load: () => Promise<Ready>): void {
  keepHeapSmall();
  let loading: Promise<Ready> | undefined;
  const ready = () => {
    loading ??= load();
    return loading;
  };
  const listed = async () => {
    const built = builtListing();
    if (!built) return listingOf((await ready()).surface);
    // Its failure is told to whoever needs it.
    setImmediate(() => openEarly(ready).catch(() => {}));
    const { listed: all, toolsets } = built;
    const chosen = chosenBy(config);
    return { ...all, tools: all.tools.filter(({ name }) => chosen(toolsets[name])) };
  };
  const { create, noticesOf } = factoryOver({ config, listed, ready });
  let current: Server | undefined;
  for (const warning of config.warnings) process.stderr.write(`mintmark: ${warning}\n`);
  serveOverStdio({
    factory: () => {
      current = create();
      return current;
    },
    onlisten: async () => {
      // An unreadable database is reported by the first call that needs it.
      if (current)
        await noticesOf(config.namespace)
          .listenAll(current)
          .catch(() => {});
    },
    loaded: ready,
    onShutdown: async () => (await loading)?.engine.close(),
  });
}

/** Long enough for the replies to what was asked while the engine was loaded. */
const AFTER_REPLIES_MS = 5;

async function openEarly(ready: () => Promise<Ready>): Promise<void> {
  const { engine } = await ready();
  await sleep(AFTER_REPLIES_MS, undefined, { ref: false });
  await engine.prepare();
}

/** The toolsets the operator chose; search, fetch and status always. */
function chosenBy(config: Config): (toolset: string | undefined) => boolean {
  const chosen = new Set<string | undefined>(config.tools);
  return toolset => toolset === 'always' || chosen.has('all') || chosen.has(toolset);
}
