import { bench } from './bench.js';
import type { Command } from './command.js';
import { copy } from './copy.js';
import { demo } from './demo.js';
import { doctor } from './doctor.js';
import { exportMemories } from './export.js';
import { fetch } from './fetch.js';
import { forget } from './forget.js';
import { importMemories } from './import.js';
import { load } from './load.js';
import { maintain } from './maintain.js';
import { reindex } from './reindex.js';
import { review } from './review.js';
import { search } from './search.js';
import { status } from './status.js';
import { token } from './token.js';

export const commands: readonly Command[] = [
  demo,
  doctor,
  status,
  load,
  search,
  fetch,
  forget,
  review,
  reindex,
  maintain,
  token,
  exportMemories,
  importMemories,
  copy,
  bench,
];
