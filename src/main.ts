#!/usr/bin/env node
import { prompts } from '../prompts/index.js';
import { resources } from '../resources/index.js';
import { tools } from '../tools/index.js';
import { start } from './cli/start.js';

await start(process.argv, { tools, resources, prompts });
