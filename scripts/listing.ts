import { prompts } from '../prompts/index.js';
import { resources } from '../resources/index.js';
import type { BuiltListing } from '../src/cli/listing.js';
import { listingOf } from '../src/mcp/surface.js';
import { tools } from '../tools/index.js';

export const listing: BuiltListing = {
  listed: listingOf({ tools, resources, prompts }),
  toolsets: Object.fromEntries(tools.map(({ name, toolset }) => [name, toolset])),
};
