import { defineResource } from '../src/mcp/resource.js';
import { fenceUntrusted } from '../src/text/untrusted.js';

export default defineResource({
  name: 'summary',
  title: 'Summary',
  description: 'What stands in a context for older messages, and which; fetch pages the messages themselves.',
  uriTemplate: 'summary://{id}',
  mimeType: 'application/json',
  // They are found beside their sessions; of a long one there are many.
  list: async () => ({ resources: [] }),
  complete: async () => [],
  read(engine, call, uri) {
    const id = /^summary:\/\/(sum_[A-Za-z0-9]{1,90})$/.exec(uri)?.[1];
    return id === undefined
      ? undefined
      : engine.sessions
          .readSummary({ id, whole: false }, call)
          .then(({ meta, scope, trust, text }) =>
            JSON.stringify({ ...meta, scope, trust, text: fenceUntrusted(text, trust) }),
          );
  },
});
