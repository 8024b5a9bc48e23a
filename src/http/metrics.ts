import type { Gauge, Registry } from 'prom-client';
import { type Engine, EngineError, type Vitals } from '../engine.js';
import { codeOf } from '../errors.js';
import type { Performed } from '../mcp/performed.js';
import { MINUTE } from '../text/time.js';
import { type Endpoint, READING } from './endpoint.js';

type Prom = typeof import('prom-client');

/** Figures of the whole server, for Prometheus. */
export type Metrics = {
  readonly endpoint: Endpoint;
  /** A request was answered with that status. */
  answered(status: number): void;
  performed(call: Performed): void;
};

export type MetricsOptions = {
  /** How much of each kind is open now. */
  readonly open: () => Readonly<Record<string, number>>;
  /** Brings prom-client, which does not come with mintmark. */
  readonly load?: () => Promise<Prom>;
};

/** Counts from now on. Where prom-client is not installed nothing is counted and the endpoint says why. */
export async function openMetrics(
  engine: Engine,
  { open, load = () => import('prom-client') }: MetricsOptions,
): Promise<Metrics> {
  const prom = await load().catch(absent);
  return prom ? counting(prom, engine, open) : NOTHING;
}

/** From a read that is in memory to a model that takes its time. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

function counting(prom: Prom, engine: Engine, open: MetricsOptions['open']): Metrics {
  const registry = new prom.Registry();
  prom.collectDefaultMetrics({ register: registry });
  const { answers, calls, seconds } = countersIn(prom, [registry]);
  const namespaces = new Namespaces(prom, engine, registry);
  new prom.Gauge({
    name: 'mintmark_http_open',
    help: 'What is open now.',
    labelNames: ['what'],
    registers: [registry],
    collect() {
      for (const [what, count] of Object.entries(open())) this.set({ what }, count);
    },
  });
  return {
    endpoint: endpoint(async () => {
      await namespaces.measure();
      return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } });
    }),
    answered: status => answers.inc({ status }),
    performed: ({ tool, namespace, ms, outcome }) => {
      calls.inc({ tool, outcome });
      seconds.observe({ tool }, ms / 1000);
      namespaces.seen(namespace);
    },
  };
}

const countersIn = (prom: Prom, registers: Registry[]) => ({
  answers: new prom.Counter({
    name: 'mintmark_http_answers_total',
    help: 'Answers by status.',
    labelNames: ['status'],
    registers,
  }),
  calls: new prom.Counter({
    name: 'mintmark_tool_calls_total',
    help: 'Tool calls by what became of them: ok, or the code of the error.',
    labelNames: ['tool', 'outcome'],
    registers,
  }),
  seconds: new prom.Histogram({
    name: 'mintmark_tool_call_seconds',
    help: 'How long tool calls took.',
    labelNames: ['tool'],
    buckets: SECONDS,
    registers,
  }),
});

const VITALS: readonly (readonly [name: string, help: string, of: (vitals: Vitals) => number | undefined])[] =
  [
    ['mintmark_store_bytes', 'Size of the database.', ({ size_bytes }) => size_bytes],
    ['mintmark_store_log_bytes', 'Size of its write-ahead log.', ({ wal_bytes }) => wal_bytes],
    ['mintmark_pending_batches', 'Batches that nobody has decided.', vitals => vitals.pending_batches],
    ['mintmark_pending_embeddings', 'Rows without a vector yet.', vitals => vitals.pending_embeddings],
    ['mintmark_compactions', 'Summaries that compaction has made.', ({ compactions }) => compactions],
    [
      'mintmark_tokens_saved',
      'Tokens that summaries take less than what is under them.',
      v => v.tokens_saved,
    ],
  ];

/** Gauges of the namespaces that are in use: to open others for this would keep them open for good. */
class Namespaces {
  readonly #engine: Engine;
  readonly #usedAt = new Map<string, number>();
  readonly #up: Gauge<'namespace'>;
  readonly #gauges: readonly (readonly [Gauge<'namespace'>, (vitals: Vitals) => number | undefined])[];

  constructor({ Gauge }: Prom, engine: Engine, registry: Registry) {
    this.#engine = engine;
    const gauge = (name: string, help: string) =>
      new Gauge({ name, help, labelNames: ['namespace'], registers: [registry] });
    this.#up = gauge('mintmark_store_up', 'Whether the database of a namespace in use answers.');
    this.#gauges = VITALS.map(([name, help, of]) => [gauge(name, help), of]);
  }

  seen(namespace: string): void {
    this.#usedAt.delete(namespace);
    this.#usedAt.set(namespace, Date.now());
  }

  async measure(): Promise<void> {
    const measured = await Promise.all(
      this.#inUse().map(async namespace => ({
        namespace,
        vitals: await this.#engine.vitals(this.#engine.call({ namespace })).catch(unreadable),
      })),
    );
    for (const gauge of [this.#up, ...this.#gauges.map(([each]) => each)]) gauge.reset();
    for (const { namespace, vitals } of measured) {
      this.#up.set({ namespace }, vitals ? 1 : 0);
      for (const [gauge, of] of this.#gauges) {
        const value = vitals && of(vitals);
        if (value !== undefined) gauge.set({ namespace }, value);
      }
    }
  }

  /** As many, and for as long, as the store keeps them open. */
  #inUse(): string[] {
    const { namespaceIdleMinutes, openNamespaces } = this.#engine.config;
    const since = Date.now() - namespaceIdleMinutes * MINUTE;
    for (const [namespace, at] of this.#usedAt) if (at < since) this.#usedAt.delete(namespace);
    return [...this.#usedAt.keys()].slice(-openNamespaces);
  }
}

const endpoint = (answer: () => Promise<Response>): Endpoint => ({
  methods: READING,
  permissions: () => ['metrics'],
  answer,
  stays: () => false,
});

const NOTHING: Metrics = {
  endpoint: endpoint(() =>
    Promise.reject(
      new EngineError(
        'unavailable',
        'Nothing is counted: prom-client is not installed.',
        'Run `npm install prom-client` where mintmark is installed and start it again.',
      ),
    ),
  ),
  answered: () => {},
  performed: () => {},
};

function absent(error: unknown): undefined {
  if (codeOf(error) === 'ERR_MODULE_NOT_FOUND') return;
  throw error;
}

/** What is wrong with a database its own users are told. */
function unreadable(error: unknown): undefined {
  if (!(error instanceof EngineError)) throw error;
}
