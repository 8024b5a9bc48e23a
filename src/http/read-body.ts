import type { IncomingMessage } from 'node:http';
import { reasonOf } from '../errors.js';
import { Problem } from './problem.js';

/** A POST without a body says neither its length nor its type. */
export const hasBody = ({ method, headers }: IncomingMessage): boolean =>
  (method === 'POST' || method === 'PATCH') &&
  (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);

/** The JSON value of a body of at most `maxBytes`; undefined for an empty one. Refuses with 413, 415 or 400. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!/^application\/json\s*(?:;|$)/i.test(type) || encoding.toLowerCase() !== 'identity')
    throw new Problem(415, 'invalid', {
      detail: 'Expected a body of application/json that is not compressed.',
    });
  const text = await readText(request, maxBytes);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'invalid', { detail: `The body is not JSON: ${reasonOf(error)}.` });
  }
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const bytes = await readBytes(request, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem(400, 'invalid', { detail: 'The body is not UTF-8.' });
  }
}

/** By events: leaving a loop over the stream would cut the connection before the refusal has gone out. */
function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = new Problem(413, 'too_large', {
    detail: `The body has more than ${maxBytes} bytes, which is the most this server reads.`,
  });
  if (Number(request.headers['content-length']) > maxBytes) return Promise.reject(tooLarge);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      request.off('data', take);
      reject(tooLarge);
    };
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Problem(400, 'invalid', { detail: 'The body ended early.' })));
  });
}
