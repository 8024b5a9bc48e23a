import { defineResource } from '../src/mcp/resource.js';

const PAGE = 100;

export default defineResource({
  name: 'episode',
  title: 'Episode',
  description:
    'One milestone of a run, which never changes: the working set before and after, and a summary.',
  uriTemplate: 'episode://{id}',
  mimeType: 'application/json',
  async list(engine, call, afterId) {
    const episodes = await engine.episodes.list({ afterId, limit: PAGE }, call);
    const resources = episodes.map(({ id, title }) => ({ uri: `episode://${id}`, name: title }));
    const last = episodes.at(-1);
    return { resources, ...(last && episodes.length === PAGE && { next: last.id }) };
  },
  complete: (engine, call, prefix) => engine.episodes.complete(prefix, call),
  read(engine, call, uri) {
    const id = /^episode:\/\/(epi_[A-Za-z0-9]{1,90})$/.exec(uri)?.[1];
    return id === undefined
      ? undefined
      : engine.episodes
          .read(id, call)
          .then(({ meta, scope, trust, text }) =>
            JSON.stringify({ ...JSON.parse(text), hash: meta.hash, scope, trust }),
          );
  },
});
