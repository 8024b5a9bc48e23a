import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { serveHttp } from '../support/http.js';
import { temporaryFolder } from '../support/mintmark.js';

const run = promisify(execFile);
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);
if (!hasCurl) console.log('There is no curl here: the same requests are in aos.test.ts, without it.');

/**
 * The commands of the README of the AoS Context Module (github.com/sp103107/context_module, "API Endpoints") as they
 * stand there. Only the port and what its reader has to put in, `{run_id}` and the batch id, are replaced.
 */
const COMMANDS = {
  boot: `curl -X POST http://127.0.0.1:8000/runs \\
  -H "Content-Type: application/json" \\
  -d '{
    "objective": "Research the history of AI",
    "acceptance_criteria": ["Findings documented", "Sources cited"],
    "constraints": ["Use reliable sources"]
  }'`,
  state: 'curl http://127.0.0.1:8000/runs/{run_id}',
  stateToFile: 'curl http://127.0.0.1:8000/runs/{run_id} > current_state.json',
  update: `curl -X PATCH http://127.0.0.1:8000/runs/{run_id} \\
  -H "Content-Type: application/json" \\
  -d '{
    "patch": {
      "status": "BUSY",
      "next_action": "Start research",
      "current_stage": "RESEARCH"
    },
    "expected_seq": 0
  }'`,
  propose: `curl -X POST http://127.0.0.1:8000/runs/{run_id}/memory/propose \\
  -H "Content-Type: application/json" \\
  -d '{
    "mcrs": [{
      "_schema_version": "2.1",
      "op": "add",
      "type": "fact",
      "scope": "global",
      "content": "AI was first proposed in 1956",
      "confidence": 0.9,
      "rationale": "Historical fact",
      "source_refs": []
    }],
    "scope_filters": {}
  }'`,
  commit: `curl -X POST http://127.0.0.1:8000/runs/{run_id}/memory/commit \\
  -H "Content-Type: application/json" \\
  -d '{
    "batch_id": "batch_xyz789..."
  }'`,
  snapshot: 'curl -X POST http://127.0.0.1:8000/runs/{run_id}/snapshot',
  health: 'curl http://127.0.0.1:8000/health',
};

it.skipIf(!hasCurl)(
  'the curl commands of the AoS README work as they are written, and its 409 is one',
  async () => {
    await using server = await serveHttp({ httpAuth: 'none' });
    using folder = temporaryFolder();
    // curl reads its options for all calls from there, so that nothing is added to a command.
    writeFileSync(folder.file('.curlrc'), 'silent\nwrite-out = "%{stderr}%{http_code}"\n');
    const put: Record<string, string> = { '127.0.0.1:8000': `127.0.0.1:${server.address.port}` };
    const curl = async (name: keyof typeof COMMANDS) => {
      const command = Object.entries(put).reduce(
        (text, [from, to]) => text.replaceAll(from, to),
        COMMANDS[name],
      );
      const env = { PATH: process.env.PATH ?? '', CURL_HOME: folder.file('.'), NO_PROXY: '*' };
      const { stdout, stderr } = await run('sh', ['-c', command], { cwd: folder.file('.'), env });
      return { status: Number(stderr), body: stdout === '' ? undefined : JSON.parse(stdout) };
    };

    const boot = await curl('boot');
    expect(boot).toMatchObject({ status: 200, body: { status: 'BOOT' } });
    put['{run_id}'] = boot.body.run_id;
    expect(await curl('state')).toMatchObject({
      status: 200,
      body: {
        _schema_version: '2.1',
        _update_seq: 0,
        run_id: boot.body.run_id,
        current_stage: 'BOOT',
        next_action: '',
      },
    });
    expect((await curl('stateToFile')).status).toBe(200);
    expect(await curl('update')).toMatchObject({
      status: 200,
      body: { ok: true, ws: { _update_seq: 1, status: 'BUSY' } },
    });
    expect((await curl('update')).status).toBe(409);
    const proposed = await curl('propose');
    expect(proposed).toMatchObject({ status: 200, body: { ok: true } });
    put['batch_xyz789...'] = proposed.body.batch_id;
    const committed = await curl('commit');
    expect(committed).toMatchObject({
      status: 200,
      body: { ok: true, committed_ids: [expect.stringMatching(/^mem_/)] },
    });
    expect(await curl('snapshot')).toMatchObject({
      status: 200,
      body: { ok: true, pack_path: expect.any(String) },
    });
    expect(await curl('health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  },
);
