import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';
import { dropDatabases } from './engines.js';
import { aboutFiles } from './only-files.js';

// Runs before every test file on PostgreSQL: skips, with its reason, what is about files, and drops what was made.
// What has no file to lie beside, such as packs, lies in the folder of a user's data: each test has one of its own.
const data = mkdtempSync(join(tmpdir(), 'mintmark-data-'));
const { XDG_DATA_HOME: users } = process.env;
process.env.XDG_DATA_HOME = data;

beforeEach(context => {
  const { name, file } = context.task;
  const reason = aboutFiles(file.name, name);
  if (reason) context.skip(reason);
  process.env.XDG_DATA_HOME = mkdtempSync(join(data, 'test-'));
});

afterAll(async () => {
  process.env.XDG_DATA_HOME = users;
  if (users === undefined) delete process.env.XDG_DATA_HOME;
  rmSync(data, { recursive: true, force: true });
  await dropDatabases();
});
