/**
 * A file that would fill the window several times over stays out of it: the window holds a reference and an outline, and
 * the agent reads the lines it needs. Run: node --import tsx examples/large-file/large-file.ts
 */
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../../src/engine.js';

const LARGE = 'node_modules/@types/node/fs.d.ts';
const folder = mkdtempSync(join(tmpdir(), 'mintmark-large-'));
const path = join(folder, 'fs.d.ts');
copyFileSync(LARGE, path);

try {
  const proofs = await work();
  for (const [proof, held] of Object.entries(proofs)) console.log(`${held ? '✓' : '✗'} ${proof}`);
  const all = Object.values(proofs).every(held => held);
  console.log(all ? 'The file never entered the window.' : 'Something does not hold.');
  process.exitCode = all ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function work(): Promise<Record<string, boolean>> {
  await using engine = openEngine({ db: ':memory:', scope: ['repo:example'], allowPath: [folder] });
  const { session_id, context } = await engine.sessions.append({
    context_limit: 8000,
    max_output: 1000,
    messages: [
      { role: 'user', content: 'What does mkdtemp promise, and which functions take a WriteFileOptions?' },
    ],
  });

  // Kept by the hash of its bytes; what comes back is small enough to show.
  const blob = await engine.blobs.put({ path, session_id });
  console.log(
    `${blob.name}: ${blob.bytes} bytes, about ${blob.tokens} tokens; the window holds ${context.usable}`,
  );
  console.log(`outline, of ${blob.outline.length} characters:\n${lines(blob.outline, 6)}`);
  const file = { type: 'file_ref', uri: blob.uri, name: blob.name, outline: blob.outline };
  const { context: after } = await engine.sessions.append({
    session_id,
    messages: [{ role: 'assistant', parts: [{ type: 'text', text: 'I look at the outline first.' }, file] }],
  });

  // A place in it, by lines: from a search of its text, as `grep -n` would give it.
  const grep = async (pattern: RegExp): Promise<number[]> => {
    const { bytes } = await engine.blobs.read(blob.uri);
    const text = Buffer.from(bytes).toString('utf8').split('\n');
    return text.flatMap((line, at) => (pattern.test(line) ? [at + 1] : []));
  };
  const [at = 0] = await grep(/export function mkdtemp\(/);
  const { text: part } = await engine.fetch({ uri: blob.uri, lines: `${at}-${at + 4}` });
  console.log(`lines ${at} to ${at + 4}:\n${part}`);
  const takers = await grep(/options\??: WriteFileOptions/);
  console.log(`WriteFileOptions is taken in lines ${takers.join(', ')}`);

  // What the agent read stays true: the blob is what the file was then.
  appendFileSync(path, '// Somebody edits the file.\n');
  const { bytes: kept } = await engine.blobs.read(blob.uri);

  // When the message that brought it is summarised, its reference rides along.
  await engine.sessions.append({ session_id, messages: chat(20) });
  await engine.context.compact({ session_id, summary: 'Read how mkdtemp is declared.' });
  const window = await engine.context.build({ session_id });
  return {
    [`it takes ${after.tokens} tokens of the window instead of ${blob.tokens}`]:
      after.tokens < blob.tokens / 10,
    'the lines are those of the file': part.includes(`export function mkdtemp(`) && takers.length > 0,
    'an edited file changes nothing': Buffer.compare(kept, readFileSync(LARGE)) === 0,
    'the reference outlives its message': JSON.stringify(window.messages).includes(blob.uri),
    'and the window was never exceeded': window.total_tokens <= context.usable,
  };
}

function chat(count: number) {
  return Array.from({ length: count }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: `Something else, number ${at}.`,
  }));
}

function lines(text: string, count: number): string {
  return text.split('\n').slice(0, count).join('\n');
}
