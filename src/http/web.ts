import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The request as the MCP SDK takes it, without its body, which was read before. It aborts when the client is gone. */
export function webRequest(request: IncomingMessage, { signal }: { readonly signal: AbortSignal }): Request {
  const headers = new Headers();
  // The secret was checked and is nobody else's business.
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && name !== 'authorization')
      headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  return new Request(urlOf(request), {
    // Node leaves out the body of an answer to HEAD, so whoever answers makes it as for GET.
    method: request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'),
    headers,
    signal,
  });
}

/** The path alone, whatever the request line holds besides. */
export const pathOf = (request: IncomingMessage): string => urlOf(request).pathname;

/** Path and query as this server's own, also where the request line names another host. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  const asked = URL.canParse(url, OWN) ? new URL(url, OWN) : new URL(OWN);
  return new URL(`${OWN}${asked.pathname}${asked.search}`);
}

const OWN = 'http://localhost';

/** Passes an answer on as it comes; a client that takes nothing in for `stallMs` is cut off. */
export async function sendWeb(
  answer: Response,
  response: ServerResponse,
  { stallMs }: { readonly stallMs: number },
): Promise<void> {
  // Gone before there was an answer: whoever makes it must hear of that too.
  if (response.destroyed) return answer.body?.cancel();
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (!answer.body) {
    response.end();
    return;
  }
  // Whoever waits for events must know at once that they will come; else head and body go out together.
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) response.flushHeaders();
  const reader = answer.body.getReader();
  const left = new AbortController();
  response.once('close', () => {
    left.abort();
    reader.cancel().catch(() => {});
  });
  for (;;) {
    const { done, value } = await reader.read();
    if (done || response.destroyed) break;
    if (!response.write(value) && !(await drained(response, left.signal, { stallMs }))) break;
  }
  response.end();
}

async function drained(
  response: ServerResponse,
  gone: AbortSignal,
  { stallMs }: { readonly stallMs: number },
): Promise<boolean> {
  try {
    await once(response, 'drain', { signal: AbortSignal.any([AbortSignal.timeout(stallMs), gone]) });
    return true;
  } catch {
    response.destroy();
    return false;
  }
}
