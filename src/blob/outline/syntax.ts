import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { at } from './lines.js';

/** A megabyte of TypeScript takes 0.7 s; longer texts are outlined by their lines. Characters. */
const LONGEST = 400_000;
/** A hostile text can keep a parser busy for ever. Milliseconds, however long a busy machine takes to load the parser. */
const PATIENCE = 2000;

/** The node types that declare something, by language. */
const JAVASCRIPT =
  /^(?:function_declaration|generator_function_declaration|(?:abstract_)?class_declaration|interface_declaration|type_alias_declaration|enum_declaration|internal_module|module|lexical_declaration|variable_declaration|method_definition|abstract_method_signature)$/;
const DECLARES: Readonly<Record<string, RegExp>> = {
  typescript: JAVASCRIPT,
  tsx: JAVASCRIPT,
  javascript: JAVASCRIPT,
  python: /^(?:function|class)_definition$/,
  go: /^(?:function|method|type|const|var)_declaration$/,
  rust: /^(?:function|struct|enum|union|trait|impl|mod|const|static|type)_item$|^(?:macro_definition|function_signature_item)$/,
  java: /^(?:class|interface|enum|record|annotation_type|method|constructor|field)_declaration$/,
};

/**
 * Runs beside the event loop: some texts abort the parser's WebAssembly for good, and none may hold up others. Only
 * classes and the like are looked into, once; what stands before a body, or on the first line, is the signature.
 */
const WORKER = `
const { parentPort, workerData: { library, grammar, text, declares } } = require('node:worker_threads');
const WRAPS = /^(?:export_statement|decorated_definition|ambient_declaration|declaration_list|.*_body|block)$/;
const RUNS = /function|method|constructor|lexical|variable/;
const found = [];
function walk(node, depth) {
  for (const child of node.namedChildren) {
    if (WRAPS.test(child.type)) walk(child, depth);
    if (!declares.test(child.type)) continue;
    const body = child.childForFieldName('body');
    const signature = text.slice(child.startIndex, body ? body.startIndex : child.endIndex).slice(0, 500);
    found.push({ row: child.startPosition.row, depth, signature: body ? signature : signature.split('\\n', 1)[0] });
    if (body && depth === 0 && !RUNS.test(child.type)) walk(body, 1);
  }
}
(async () => {
  const { Parser, Language } = require(library);
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar));
  parentPort.postMessage('loaded');
  walk(parser.parse(text).rootNode, 0);
  parentPort.postMessage(found);
})();`;

type Declaration = { readonly row: number; readonly depth: number; readonly signature: string };

/** Declarations by the syntax tree; undefined for a language without a parser here, or a text that it cannot take. */
export async function parsedDeclarations(kind: string, text: string): Promise<string[] | undefined> {
  const declares = Object.hasOwn(DECLARES, kind) ? DECLARES[kind] : undefined;
  if (!declares || text.length > LONGEST) return undefined;
  const found = await parsed(kind, text, declares);
  return found?.map(({ row, depth, signature }) => `${at(row)}${'  '.repeat(depth)}${oneLine(signature)}`);
}

const oneLine = (signature: string): string =>
  signature
    .replace(/\s+/g, ' ')
    .trimEnd()
    .replace(/(?: ?[{:=])+$/, '');

const { resolve } = createRequire(import.meta.url);

/** Undefined where the package was left out to save its 22 MB. */
function parserFiles(kind: string): { library: string; grammar: string } | undefined {
  try {
    const library = resolve('@vscode/tree-sitter-wasm');
    return { library, grammar: resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${kind}.wasm`) };
  } catch {
    return undefined;
  }
}

async function parsed(kind: string, text: string, declares: RegExp): Promise<Declaration[] | undefined> {
  const files = parserFiles(kind);
  if (!files) return undefined;
  // What a parser that aborts says on stderr is nothing to the operator.
  const worker = new Worker(WORKER, {
    eval: true,
    stderr: true,
    workerData: { ...files, text, declares },
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  try {
    return await new Promise(done => {
      worker
        .once('message', () => {
          setTimeout(() => done(undefined), PATIENCE).unref();
          worker.once('message', done);
        })
        .once('error', () => done(undefined))
        .once('exit', () => done(undefined));
    });
  } finally {
    await worker.terminate();
  }
}
