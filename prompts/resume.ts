import { definePrompt } from '../src/mcp/prompt.js';

export default definePrompt({
  name: 'resume',
  title: 'Resume work',
  description: 'Begin where work in the home scope stopped: what is known, and what to do first.',
  text: async (engine, call) => {
    const { text } = await engine.load({}, call);
    return [
      'Go on where work stopped. Below is what was recorded earlier: checkpoints (medallions), open runs, memories.',
      [
        '1. Read it. Tell me in a few sentences where things stand, what is open and what you would do next.',
        '2. To go on with an open run, call run_open with its run_id; from a medallion, with from: its uri.',
        '3. Take decisions and invariants as settled unless I say otherwise; do not repeat what is listed there.',
        '4. What is cut or left out: call fetch with its uri, or search.',
        '5. Before you stop, call checkpoint (prompt "wrap_up").',
      ].join('\n'),
      text,
    ].join('\n\n');
  },
});
