import { z } from 'zod';

const Capabilities = z.record(z.string(), z.unknown()).default({});
const Heard = z.looseObject({
  method: z.string().default(''),
  params: z
    .looseObject({
      protocolVersion: z.string().optional(),
      capabilities: Capabilities,
      _meta: z
        .looseObject({
          'io.modelcontextprotocol/protocolVersion': z.string().optional(),
          'io.modelcontextprotocol/clientCapabilities': Capabilities,
        })
        .optional(),
    })
    .optional(),
});

/** How a client opens a connection and what it says it can do, from the lines that it sent. */
export function openingOf(lines: string): string {
  const heard = lines.split('\n').flatMap(line => (line === '' ? [] : [Heard.parse(JSON.parse(line))]));
  const openings = heard.filter(({ method }) => method === 'server/discover' || method === 'initialize');
  const capabilities = openings.flatMap(({ params }) => [
    ...Object.keys(params?.capabilities ?? {}),
    ...Object.keys(params?._meta?.['io.modelcontextprotocol/clientCapabilities'] ?? {}),
  ]);
  const versions = openings.map(
    ({ method, params }) =>
      `\`${method}\` ${params?.protocolVersion ?? params?._meta?.['io.modelcontextprotocol/protocolVersion']}`,
  );
  return `${[...new Set(versions)].join(', then ')}; ${[...new Set(capabilities)].sort().join(', ') || 'nothing'}`;
}
