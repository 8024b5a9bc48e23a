import { describeTool, type Surface } from '../mcp/surface.js';
import { RESOURCES, TOOLS } from './plain.js';

/** The plain endpoints as a page to read, without a script, a style or anything from elsewhere. */
export const docsPage = ({ tools }: Surface, version: string): string =>
  [
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>mintmark ${escaped(version)}</title>`,
    `<h1>mintmark ${escaped(version)}</h1>`,
    '<p>Send <code>Authorization: Bearer …</code> and JSON. The schemas are in <a href="/openapi.json">openapi.json</a>;',
    'the same tools are at <code>/mcp</code> over the Model Context Protocol.</p>',
    ...tools.map(tool => section(describeTool(tool))),
    `<h2><code>GET ${RESOURCES}?uri=…</code></h2>`,
    '<p>The text behind a URI such as <code>memory://mem_…</code>; without one a page of the resources there are.</p>',
    '</html>\n',
  ].join('\n');

const section = ({ name, description = '', inputSchema }: ReturnType<typeof describeTool>): string =>
  [
    `<h2><code>POST ${TOOLS}${escaped(name)}</code></h2><p>${escaped(description)}</p><dl>`,
    ...Object.entries(inputSchema.properties ?? {}).map(
      ([argument, schema]) =>
        `<dt><code>${escaped(argument)}${inputSchema.required?.includes(argument) ? '' : '?'}</code></dt><dd><code>${escaped(JSON.stringify(schema))}</code></dd>`,
    ),
    '</dl>',
  ].join('\n');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
