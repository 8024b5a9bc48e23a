import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';

const Package = z.object({
  bin: z.record(z.string(), z.string()),
  exports: z.object({ '.': z.object({ types: z.string(), default: z.string() }) }),
});
const Packed = z.array(z.object({ files: z.array(z.object({ path: z.string() })) })).length(1);

test('a package packed from a fresh clone holds the command and the library, built', () => {
  // Inside the repository, where the packages are found that it is built with.
  mkdirSync('.tmp', { recursive: true });
  const cwd = mkdtempSync(resolve('.tmp/package-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  for (const path of tracked()) {
    mkdirSync(dirname(resolve(cwd, path)), { recursive: true });
    cpSync(path, resolve(cwd, path));
  }
  const out = execFileSync('npm', ['pack', '--json', '--silent', '--dry-run'], { cwd, encoding: 'utf8' });
  const [packed] = Packed.parse(JSON.parse(out.slice(out.indexOf('[\n'))));
  const paths = packed?.files.map(({ path }) => `./${path}`);
  const { bin, exports } = Package.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  expect(paths).toEqual(expect.arrayContaining(Object.values(exports['.'])));
  expect(paths).toEqual(expect.arrayContaining(Object.values(bin).map(path => `./${path}`)));
});

const tracked = (): string[] =>
  execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' })
    .split('\0')
    .filter(path => path !== '' && existsSync(path));
