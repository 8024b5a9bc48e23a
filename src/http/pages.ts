import type { Surface } from '../mcp/surface.js';
import { docsPage } from './docs-page.js';
import { type Endpoint, type Page, READING } from './endpoint.js';
import { openApi } from './openapi.js';

/** What tells how to call the server, by path; made at the first look, for schemas take their time. */
export function pagesOf(surface: Surface, version: string): Map<string, Page> {
  const once = (make: () => string): (() => string) => {
    let made: string | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  return new Map([
    [
      '/openapi.json',
      { type: 'application/json', text: once(() => JSON.stringify(openApi(surface, version))) },
    ],
    ['/docs', { type: 'text/html; charset=utf-8', text: once(() => docsPage(surface, version)) }],
  ]);
}

/** The same for who has a token, whatever it may do. */
export const docsEndpoints = (pages: ReadonlyMap<string, Page>): Record<string, Endpoint> =>
  Object.fromEntries(
    [...pages].map(([path, { type, text }]) => [
      path,
      {
        methods: READING,
        permissions: () => [],
        answer: async () => new Response(text(), { headers: { 'content-type': type } }),
        stays: () => false,
      },
    ]),
  );
