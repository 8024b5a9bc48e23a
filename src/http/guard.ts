import { inUrl } from './address.js';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export type Guard = {
  /** Whether a request for that Host is meant for this server. */
  host(header: string | undefined): boolean;
  /** Whether a page of that Origin may call; without one no browser sent the request. */
  origin(header: string | undefined): boolean;
};

/**
 * A page of any site can make a browser send requests here, and make its own name resolve to this machine (DNS
 * rebinding), so Host and Origin must be ones the operator expects. Ports do not matter.
 */
export function guardFor({
  host,
  httpHosts = [],
  httpOrigins = [],
}: {
  readonly host: string;
  readonly httpHosts?: readonly string[] | undefined;
  readonly httpOrigins?: readonly string[] | undefined;
}): Guard {
  const hosts = new Set([...LOOPBACK, inUrl(host), ...httpHosts].map(name => name.toLowerCase()));
  const origins = new Set(httpOrigins.map(origin => origin.toLowerCase()));
  const known = (url: string): boolean => {
    const name = hostnameOf(url);
    return name !== undefined && hosts.has(name);
  };
  return {
    host: header => header !== undefined && !/[@/?#\\]/.test(header) && known(`http://${header}`),
    origin: header =>
      header === undefined ||
      origins.has(header.toLowerCase()) ||
      (/^https?:\/\/[^@/?#\\]+$/i.test(header) && known(header)),
  };
}

function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}
