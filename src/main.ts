#!/usr/bin/env node
import { prompts } from '../prompts/index.js';
import { resources } from '../resources/index.js';
import { tools } from '../tools/index.js';
import { run } from './cli/program.js';

await run(process.argv, { tools, resources, prompts });
