import { definePrompt } from '../src/mcp/prompt.js';
import { describeWritten, scopeToWrite } from '../src/scope.js';

export default definePrompt({
  name: 'wrap_up',
  title: 'Wrap up',
  description: 'End a piece of work: checkpoint the home scope and propose the memories worth keeping.',
  text: async (engine, call) => {
    const scope = scopeToWrite({ globalByDefault: false }, call.home);
    const { text } = await engine.load({ graph_nodes: scope.graph_nodes, limit: 1 }, call);
    return [
      `We are about to stop. Save where work stands, so that another session can go on. Home scope: ${describeWritten(scope)}.`,
      [
        '1. Call checkpoint once:',
        '   - session_summary: where you stop, then what was done, found and tried, dead ends too; kept whole, its beginning is shown when work resumes.',
        '   - high_level: the state now in at most 300 tokens, not the story.',
        '   - decisions: each with its rationale. Leave the id out for new ones; give it only to reword a known one.',
        '   - open_questions with blocked_on and priority; resolved_questions with id and answer; retracted_decisions by id.',
        '   - recommended_entry_points: the file or command to begin with. avoid_repeating: what failed. invariants: what must stay true. Each of these lists replaces the old one, so repeat what still holds.',
        '   - expected_version: the version below, so that what another session wrote meanwhile is not overlooked.',
        '   - graph_nodes only for another scope than the home; run_id if a run is open.',
        '2. Call memory_propose with commit: true for facts, preferences and decisions that hold beyond this scope. Supersede what changed; store no secrets and nothing that the checkpoint says already.',
        '3. Tell me what you saved and what is left open.',
      ].join('\n'),
      'What is recorded so far:',
      text,
    ].join('\n\n');
  },
});
