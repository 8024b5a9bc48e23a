import { type Result, Server, type ServerContext } from '@modelcontextprotocol/server';

export type Asked = { readonly params?: Readonly<Record<string, unknown>> };
export type Handle = (request: Asked, context: ServerContext) => Promise<Result> | Result;
/** What answers a method, given the server's own handler for it. */
export type Decorate = (own: Handle) => Handle;

/**
 * Adds to what every server made from here on answers. Done where the SDK takes handlers, so that each message still
 * passes all of src/http and src/mcp, and src knows nothing of it.
 */
export function decorateServers(decorations: Readonly<Record<string, Decorate>>): void {
  const register = Server.prototype.setRequestHandler;
  function decorated(this: Server, method: string, own: Handle): void {
    // mintmark itself logs to stderr; the suite requires logging over the wire.
    if (method === 'tools/list') this.registerCapabilities({ logging: {} });
    Reflect.apply(register, this, [method, decorations[method]?.(own) ?? own]);
  }
  Reflect.set(Server.prototype, 'setRequestHandler', decorated);
}
