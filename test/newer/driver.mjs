// Runs under the newer Node, in the folder where its clients are: takes one call a line and answers with one line.
import { createInterface } from 'node:readline';

const [client, where] = process.argv.slice(-2);
const { url, headers, command, args, env } = JSON.parse(where);

const open = {
  async 'openai-agents'() {
    const { MCPServerStdio, MCPServerStreamableHttp } = await import('@openai/agents');
    // Else it waits five seconds for a server to begin, which is too short on a busy machine.
    const patient = { clientSessionTimeoutSeconds: 120 };
    const server = url
      ? new MCPServerStreamableHttp({ ...patient, url, requestInit: { headers } })
      : new MCPServerStdio({ ...patient, command, args, env });
    await server.connect();
    const offered = (await server.listTools()).map(({ name }) => name);
    return {
      call: (name, input) => known(offered, name) && server.callToolResult(name, input),
      read: uri => server.readResource(uri),
      close: () => server.close(),
    };
  },
  async 'ai-sdk'() {
    const { createMCPClient } = await import('@ai-sdk/mcp');
    const { Experimental_StdioMCPTransport: Stdio } = await import('@ai-sdk/mcp/mcp-stdio');
    const transport = url ? { type: 'http', url, headers } : new Stdio({ command, args, env });
    const server = await createMCPClient({ transport });
    const tools = await server.tools();
    return {
      call: (name, input) =>
        known(Object.keys(tools), name) && tools[name].execute(input, { toolCallId: name, messages: [] }),
      read: uri => server.readResource({ uri }),
      close: () => server.close(),
    };
  },
};

function known(offered, name) {
  if (!offered.includes(name)) throw new Error(`${name} is not among ${offered.join(', ')}`);
  return true;
}

const connected = await open[client]();
for await (const line of createInterface({ input: process.stdin })) {
  const { method, params } = JSON.parse(line);
  const answer = await Promise.resolve()
    .then(() => connected[method](...params))
    .then(
      result => ({ result }),
      error => ({ error: String(error) }),
    );
  console.log(JSON.stringify(answer));
}
await connected.close();
process.exit();
