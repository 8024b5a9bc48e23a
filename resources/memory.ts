import { defineResource } from '../src/mcp/resource.js';

const PAGE = 100;

export default defineResource({
  name: 'memory',
  title: 'Memory',
  description: 'One memory with its provenance, status and content hash.',
  uriTemplate: 'memory://{id}',
  mimeType: 'application/json',
  async list(engine, call, afterId) {
    const memories = await engine.memories.list({ afterId, limit: PAGE }, call);
    const resources = memories.map(({ id, title }) => ({ uri: `memory://${id}`, name: title }));
    const last = memories.at(-1);
    return { resources, ...(last && memories.length === PAGE && { next: last.id }) };
  },
  complete: (engine, call, prefix) => engine.memories.complete(prefix, call),
  read(engine, call, uri) {
    const id = /^memory:\/\/(mem_[A-Za-z0-9]{1,90})$/.exec(uri)?.[1];
    return id === undefined
      ? undefined
      : engine.memories.read(id, call).then(({ view, text }) => JSON.stringify({ ...view, content: text }));
  },
});
