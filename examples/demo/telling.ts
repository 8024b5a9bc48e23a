let failures = 0;

export const failed = (): number => failures;

export function title(text: string): void {
  console.log(`\n${text}\n${'─'.repeat(text.length)}`);
}

export function say(text: string): void {
  console.log(`   ${text}`);
}

export function prove(held: boolean, text: string): void {
  if (!held) failures += 1;
  console.log(` ${held ? '✓' : '✗'} ${text}`);
}

export function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 96 ? `${line.slice(0, 95)}…` : line;
}
