import { composeEngine, type Engine } from '../engine.js';
import { systemSources } from '../sources.js';
import type { Settings } from './settings.js';

export const open = ({ config, home }: Settings): Engine =>
  composeEngine(config, { sources: systemSources, home });
