/** How each agent is told of a model and of MCP servers, and run without a person. */

export type StdioServer = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};
export type HttpServer = { readonly url: string; readonly token: string };
export type Setting = {
  readonly model: string;
  readonly servers: Readonly<Record<string, StdioServer | HttpServer>>;
  readonly prompt: string;
};
export type Start = {
  /** Written below the agent's home, which is its working folder too. */
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};
export type Agent = {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  readonly bin: string;
  start(setting: Setting): Start;
};

const TOKEN = 'MEMORY_TOKEN';

const mapServers = (
  servers: Setting['servers'],
  stdio: (server: StdioServer) => object,
  http: (server: HttpServer) => object,
) =>
  Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [name, 'url' in server ? http(server) : stdio(server)]),
  );

const bearer = ({ token }: HttpServer) => ({ Authorization: `Bearer ${token}` });

const claudeCode: Agent = {
  name: 'Claude Code',
  package: '@anthropic-ai/claude-code',
  version: '2.1.330',
  bin: 'claude',
  start: ({ model, servers, prompt }) => ({
    files: {
      'mcp.json': JSON.stringify({
        mcpServers: mapServers(
          servers,
          server => ({ type: 'stdio', ...server }),
          server => ({ type: 'http', url: server.url, headers: bearer(server) }),
        ),
      }),
    },
    args: [
      ...['-p', prompt, '--output-format', 'json'],
      ...['--mcp-config', 'mcp.json', '--strict-mcp-config'],
      ...[
        '--allowedTools',
        Object.keys(servers)
          .map(name => `mcp__${name}`)
          .join(),
      ],
    ],
    env: {
      ANTHROPIC_BASE_URL: model,
      ANTHROPIC_API_KEY: 'scripted',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    },
  }),
};

const codex: Agent = {
  name: 'Codex',
  package: '@openai/codex',
  version: '0.169.0',
  bin: 'codex',
  start: ({ model, servers, prompt }) => ({
    files: {
      '.codex/config.toml': [
        'model = "scripted"',
        'model_provider = "scripted"',
        '[model_providers.scripted]',
        'name = "scripted"',
        `base_url = "${model}/v1"`,
        'wire_api = "responses"',
        'env_key = "SCRIPTED_KEY"',
        ...Object.entries(servers).flatMap(([name, server]) => [
          `[mcp_servers.${name}]`,
          // Else the first question may be asked before the server has told its tools.
          'required = true',
          ...('url' in server
            ? [`url = "${server.url}"`, `bearer_token_env_var = "${TOKEN}"`]
            : [
                `command = ${JSON.stringify(server.command)}`,
                `args = ${JSON.stringify(server.args)}`,
                `[mcp_servers.${name}.env]`,
                ...Object.entries(server.env).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
              ]),
        ]),
      ].join('\n'),
    },
    args: ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', prompt],
    env: {
      SCRIPTED_KEY: 'scripted',
      ...Object.fromEntries(
        Object.values(servers).flatMap(server => ('token' in server ? [[TOKEN, server.token]] : [])),
      ),
    },
  }),
};

const geminiCli: Agent = {
  name: 'Gemini CLI',
  package: '@google/gemini-cli',
  version: '0.61.0',
  bin: 'gemini',
  start: ({ model, servers, prompt }) => ({
    files: {
      '.gemini/settings.json': JSON.stringify({
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
        general: { enableAutoUpdate: false },
        mcpServers: mapServers(
          servers,
          server => ({ ...server, trust: true }),
          server => ({ httpUrl: server.url, headers: bearer(server), trust: true }),
        ),
      }),
    },
    // A model of one's own choice: else it asks a model which one to ask.
    args: ['-p', prompt, '--yolo', '--skip-trust', '-m', 'gemini-2.5-pro'],
    env: { GEMINI_API_KEY: 'scripted', GOOGLE_GEMINI_BASE_URL: model },
  }),
};

const openCode: Agent = {
  name: 'OpenCode',
  package: 'opencode-ai',
  version: '1.18.33',
  bin: 'opencode',
  start: ({ model, servers, prompt }) => ({
    files: {
      'opencode.json': JSON.stringify({
        autoupdate: false,
        share: 'disabled',
        model: 'scripted/scripted',
        provider: {
          scripted: {
            npm: '@ai-sdk/openai-compatible',
            options: { baseURL: `${model}/v1`, apiKey: 'scripted' },
            models: { scripted: {} },
          },
        },
        mcp: mapServers(
          servers,
          ({ command, args, env }) => ({ type: 'local', command: [command, ...args], environment: env }),
          server => ({ type: 'remote', url: server.url, headers: bearer(server) }),
        ),
      }),
    },
    args: ['run', prompt],
    env: {},
  }),
};

export const agents: readonly Agent[] = [claudeCode, codex, geminiCli, openCode];
