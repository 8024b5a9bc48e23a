/** What was proved, for machines: `--json` tells all of it in one document at the end. */
const asJson = process.argv.includes('--json');
const proofs: { readonly proof: string; readonly held: boolean }[] = [];

export const failed = (): number => proofs.filter(({ held }) => !held).length;

export function title(text: string): void {
  tell(`\n${text}\n${'─'.repeat(text.length)}`);
}

export function say(text: string): void {
  tell(`   ${text}`);
}

export function prove(held: boolean, proof: string): void {
  proofs.push({ proof, held });
  tell(` ${held ? '✓' : '✗'} ${proof}`);
}

export function end(ms: number): void {
  title(failed() === 0 ? 'Every proof held' : `${failed()} proofs failed`);
  say(`${(ms / 1000).toFixed(1)} s, on ${process.platform}, Node ${process.version}`);
  if (asJson) console.log(JSON.stringify({ held: failed() === 0, ms: Math.round(ms), proofs }, null, 2));
}

export function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 96 ? `${line.slice(0, 95)}…` : line;
}

function tell(text: string): void {
  if (!asJson) console.log(text);
}
