#!/usr/bin/env node
import { start } from './cli/start.js';

await start(process.argv, async () => {
  const [{ tools }, { resources }, { prompts }] = await Promise.all([
    import('../tools/index.js'),
    import('../resources/index.js'),
    import('../prompts/index.js'),
  ]);
  return { tools, resources, prompts };
});
