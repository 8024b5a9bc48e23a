import type { Server } from '@modelcontextprotocol/server';
import type { Engine } from '../engine.js';
import { serverFactory } from '../mcp/server.js';
import { serveOverStdio } from '../mcp/stdio.js';
import type { Surface } from '../mcp/surface.js';

/** Serves over stdio until the client is gone, or over HTTP where an address is given. */
export async function serve(engine: Engine, surface: Surface): Promise<void> {
  if (engine.config.http === undefined) return serveStdio(engine, surface);
  const { serveHttp } = await import('./serve-http.js');
  await serveHttp(engine, toolsFor(engine, surface));
}

function serveStdio(engine: Engine, surface: Surface): void {
  const { create, noticesOf } = serverFactory(engine, toolsFor(engine, surface));
  let current: Server | undefined;
  for (const warning of engine.config.warnings) process.stderr.write(`mintmark: ${warning}\n`);
  serveOverStdio({
    factory: () => {
      current = create();
      return current;
    },
    onlisten: async () => {
      // An unreadable database is reported by the first call that needs it.
      if (current)
        await noticesOf(engine.config.namespace)
          .listenAll(current)
          .catch(() => {});
    },
    onShutdown: () => engine.close(),
  });
}

/** The toolsets the operator chose; search, fetch and status always. */
function toolsFor({ config }: Engine, surface: Surface): Surface {
  const chosen = new Set<string>(config.tools);
  const tools = surface.tools.filter(
    ({ toolset }) => toolset === 'always' || chosen.has('all') || chosen.has(toolset),
  );
  return { ...surface, tools };
}
