import { defineResource } from '../src/mcp/resource.js';
import { fenceUntrusted } from '../src/text/untrusted.js';

const PAGE = 100;
/** A resource has no pages, so a long conversation shows its end; fetch and context_build reach all of it. */
const LAST = 500;

export default defineResource({
  name: 'session',
  title: 'Session',
  description: 'A conversation: its newest messages with number and role, in order.',
  uriTemplate: 'session://{id}',
  mimeType: 'text/plain',
  async list(engine, call, afterId) {
    const sessions = await engine.sessions.list({ afterId, limit: PAGE }, call);
    const resources = sessions.map(({ id, title }) => ({ uri: `session://${id}`, name: title }));
    const last = sessions.at(-1);
    return { resources, ...(last && sessions.length === PAGE && { next: last.id }) };
  },
  complete: (engine, call, prefix) => engine.sessions.complete(prefix, call),
  read(engine, call, uri) {
    const id = /^session:\/\/(ses_[A-Za-z0-9]{1,90})$/.exec(uri)?.[1];
    return id === undefined
      ? undefined
      : engine.sessions.read({ id, last: LAST }, call).then(({ text, trust }) => fenceUntrusted(text, trust));
  },
});
