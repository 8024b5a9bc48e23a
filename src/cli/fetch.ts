import * as z from 'zod';
import { type Command, print } from './command.js';

const Flags = z.object({ lines: z.string().optional(), asOf: z.string().optional() });

export const fetch: Command = {
  name: 'fetch',
  description: 'Print what a URI stands for, whole, as search and load name it.',
  configure(program) {
    program
      .argument('<uri>', 'memory://…, medallion://…, session://… or any other that a reply names')
      .option('--lines <range>', 'of a text: 10-20, 10-, -20 or 10')
      .option('--as-of <time>', 'as it was known then, as RFC 3339 says it');
  },
  async work(engine, given) {
    const [uri = ''] = given.arguments;
    const { lines, asOf } = Flags.parse(given.flags);
    const asked = { uri, lines, as_of: asOf, max_tokens: Number.MAX_SAFE_INTEGER };
    const { next_cursor, ...first } = await engine.fetch(asked);
    const texts = [first.text];
    for (let cursor = next_cursor; cursor !== undefined; ) {
      const page = await engine.fetch({ ...asked, cursor });
      texts.push(page.text);
      cursor = page.next_cursor;
    }
    print(given, { ...first, text: texts.join('\n') }, () => texts);
    return 0;
  },
};
