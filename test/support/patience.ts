import { namedOptions, type Options } from '../../src/config/options.js';

/** A busy machine is no failure: what stops waiting after a while for its users waits in tests as long as it may. */
export const PATIENT = {
  busyTimeoutMs: 600_000,
  embedQueryMs: 60_000,
  pgStatementTimeoutMs: 600_000,
  regexTimeoutMs: 60_000,
  rerankTimeoutMs: 60_000,
} as const satisfies Partial<Options>;

/** The same for a server in a process of its own. */
export const PATIENT_ENV: NodeJS.ProcessEnv = Object.fromEntries(
  namedOptions.flatMap(({ name, env }) =>
    Object.entries(PATIENT).flatMap(([patient, ms]) => (patient === name ? [[env, String(ms)]] : [])),
  ),
);
