import { defineResource } from '../src/mcp/resource.js';

const PAGE = 100;

export default defineResource({
  name: 'medallion',
  title: 'Medallion',
  description: 'The checkpoint of one scope as it is now: summary, decisions, open questions, affordances.',
  uriTemplate: 'medallion://{id}',
  mimeType: 'application/json',
  async list(engine, call, afterId) {
    const medallions = await engine.medallions.list({ afterId, limit: PAGE }, call);
    const resources = medallions.map(({ id, title }) => ({ uri: `medallion://${id}`, name: title }));
    const last = medallions.at(-1);
    return { resources, ...(last && medallions.length === PAGE && { next: last.id }) };
  },
  complete: (engine, call, prefix) => engine.medallions.complete(prefix, call),
  read(engine, call, uri) {
    const id = /^medallion:\/\/(med_[A-Za-z0-9]{1,90})$/.exec(uri)?.[1];
    return id === undefined ? undefined : engine.medallions.read({ id }, call).then(({ text }) => text);
  },
});
