import { bench } from './bench.js';
import type { Command } from './command.js';
import { doctor } from './doctor.js';
import { exportMemories } from './export.js';
import { importMemories } from './import.js';
import { maintain } from './maintain.js';
import { reindex } from './reindex.js';
import { review } from './review.js';
import { search } from './search.js';
import { status } from './status.js';
import { token } from './token.js';

export const commands: readonly Command[] = [
  doctor,
  status,
  search,
  review,
  reindex,
  maintain,
  token,
  exportMemories,
  importMemories,
  bench,
];
