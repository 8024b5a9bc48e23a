import { defineResource } from '../src/mcp/resource.js';

const PAGE = 100;

export default defineResource({
  name: 'run',
  title: 'Run',
  description: 'One run: its working set, seq, scope, origin and episodes.',
  uriTemplate: 'run://{id}',
  mimeType: 'application/json',
  async list(engine, call, afterId) {
    const runs = await engine.runs.list({ afterId, limit: PAGE }, call);
    const resources = runs.map(({ id, title }) => ({ uri: `run://${id}`, name: title }));
    const last = runs.at(-1);
    return { resources, ...(last && runs.length === PAGE && { next: last.id }) };
  },
  complete: (engine, call, prefix) => engine.runs.complete(prefix, call),
  read(engine, call, uri) {
    const id = /^run:\/\/(run_[A-Za-z0-9]{1,90})$/.exec(uri)?.[1];
    return id === undefined
      ? undefined
      : engine.runs
          .read(id, call)
          .then(({ meta, scope, trust, text }) =>
            JSON.stringify({ ...meta, scope, trust, working_set: JSON.parse(text) }),
          );
  },
});
