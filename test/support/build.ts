import { execFileSync } from 'node:child_process';

/** Tests from outside run the command a user installs, so it is bundled once before them. */
export default function build() {
  execFileSync(process.execPath, ['scripts/bundle.mjs'], { stdio: 'inherit' });
}
