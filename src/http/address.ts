import { isIP } from 'node:net';
import { EngineError } from '../errors.js';

/** Where to listen. `host` is without brackets. */
export type Address = { readonly host: string; readonly port: number };

/** Reads `host:port`, `:port`, a port alone or `[ipv6]:port`; without a host it is 127.0.0.1. Throws `invalid`. */
export function parseAddress(text: string): Address {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535)
    throw new EngineError(
      'invalid',
      `--http is "${text}", which names no port.`,
      'Write it like --http 127.0.0.1:8420.',
    );
  return { host: bracketed || plain || '127.0.0.1', port };
}

/** Whether only programs of this machine can reach it. A name other than localhost may resolve to anything. */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** As a host stands in a URL. */
export const inUrl = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);
