import { execFileSync } from 'node:child_process';

/** Tests from outside run the command a user installs, so it is bundled once before them, or before several runs at once. */
export default function build() {
  if (process.env.MINTMARK_BUNDLED) return;
  execFileSync(process.execPath, ['scripts/bundle.mjs'], { stdio: 'inherit' });
}
