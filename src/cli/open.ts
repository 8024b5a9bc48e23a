import { existsSync } from 'node:fs';
import type { Config } from '../config/load.js';
import { namespaceFile } from '../config/paths.js';
import { composeEngine, type Engine } from '../engine.js';
import { systemSources } from '../sources.js';
import { isPostgres } from '../text/database-url.js';
import type { Settings } from './settings.js';

/** The engine a command works on; a dry run leaves no database file where there is none. */
export const open = ({ config, home }: Settings, { dry = false } = {}): Engine =>
  composeEngine(dry && lacksFile(config) ? { ...config, db: ':memory:' } : config, {
    sources: systemSources,
    home,
  });

const lacksFile = ({ db, namespace }: Config): boolean =>
  !isPostgres(db) && !existsSync(namespaceFile(db, namespace));
