/**
 * YAML files as people write them: every value keeps its place, so that a problem that is found
 * much later can still point at the words that caused it.
 */
import { readFileSync, statSync } from 'node:fs';
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import { type Diagnostic, type Span, UserError } from '../util/diagnostic.js';
import { nestsTooDeeply } from './yaml-depth.js';
import { plainYaml } from './yaml-plain.js';
import { Spans, type YamlPath } from './yaml-spans.js';

export { checkWith, parseWith } from './check-schema.js';
export type { YamlPath } from './yaml-spans.js';

/** Far above any file that a person writes, and far below what makes parsing slow. */
const maximumBytes = 256 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Follows the yaml package's own limit: enough for honest reuse, too few for a billion laughs. */
const maximumAliases = 100;

export interface YamlFile {
  /** As it was named by the caller; absolute where the caller found it by itself. */
  file: string;
  text: string;
  /** The plain value: maps as objects, with aliases resolved. */
  value: unknown;
  /** What is wrong with the YAML without keeping it from being read: repeated fields. */
  diagnostics: Diagnostic[];
  /**
   * The place of a value, or with `of: 'key'` of the field's name. A path that does not exist gives
   * the place of its nearest parent that does, and of the whole file when there is none.
   */
  span(path: YamlPath, of?: 'value' | 'key'): Span;
  /** The place of some words inside of the text value at `path`; the value's when they are not found. */
  spanOfWords(path: YamlPath, words: string, occurrence?: number): Span;
}

/**
 * Reads and parses one file. Throws UserError with all problems found: not a file, too large, not
 * UTF-8, empty, not YAML, several documents, too many aliases.
 */
export function readYamlFile(file: string): YamlFile {
  return parseYaml(file, readText(file));
}

function readText(file: string): string {
  const fail = (message: string, help?: string, line?: number): never => {
    throw new UserError({ message, span: { file, line }, help });
  };
  let bytes: Buffer;
  try {
    const stat = statSync(file);
    // Opening a pipe or a device could wait for ever.
    if (!stat.isFile()) fail('this is not a regular file');
    if (stat.size > maximumBytes) {
      fail(
        `the file has ${stat.size} bytes; more than ${maximumBytes} are not read`,
        'move long scripts and data into files of their own',
      );
    }
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    return fail(
      code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code ?? error})`,
    );
  }
  try {
    return utf8.decode(bytes);
  } catch {
    const before = bytes.toString('utf8').split('\uFFFD')[0]!;
    return fail('the file is not UTF-8 text', 'save it as UTF-8', before.split('\n').length);
  }
}

/** The same for text that is in memory already; `file` is only named in places. */
export function parseYaml(file: string, text: string): YamlFile {
  const plain = plainYaml(text);
  const value = plain === undefined ? fullValue(file, text) : { value: plain, diagnostics: [] };
  // Places are rarely asked for once a file has been read, and a document takes a hundred times the
  // memory of its text: with thousands of files it is better parsed again.
  let again: Spans | undefined;
  const lookUp = () => {
    again ??= parse(file, text).places;
    return again;
  };
  return {
    file,
    text,
    ...value,
    span: (path, of = 'value') => lookUp().of(path, of),
    spanOfWords: (path, words, occurrence = 0) => lookUp().ofWords(path, words, occurrence),
  };
}

/** A file whose value is known from before; it is read again only when a place in it is asked for. */
export function unparsedYamlFile(file: string, value: unknown): YamlFile {
  let read: YamlFile | undefined;
  const again = () => {
    read ??= readYamlFile(file);
    return read;
  };
  return {
    file,
    value,
    diagnostics: [],
    get text() {
      return again().text;
    },
    span: (path, of) => again().span(path, of),
    spanOfWords: (path, words, occurrence) => again().spanOfWords(path, words, occurrence),
  };
}

function parse(file: string, text: string): { document: Document; places: Spans } {
  if (nestsTooDeeply(text)) throw tooDeep(file);
  const lineCounter = new LineCounter();
  try {
    const options = { lineCounter, prettyErrors: false };
    const document = parseDocument(text, options) as unknown as Document;
    return { document, places: new Spans(file, text, document, lineCounter) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw tooDeep(file);
  }
}

/** The plain value; throws UserError with what keeps the document from having one. */
function fullValue(file: string, text: string): { value: unknown; diagnostics: Diagnostic[] } {
  const { document, places } = parse(file, text);
  const duplicates: Diagnostic[] = [];
  const fatal: Diagnostic[] = [];
  for (const error of [...document.errors, ...document.warnings]) {
    const span = places.at(error.pos[0], error.pos[1]);
    if (error.code === 'DUPLICATE_KEY') {
      const word = text.slice(error.pos[0], lineEnd(text, error.pos[0])).match(/^[^\s:]+/)?.[0];
      duplicates.push({
        message: `the field '${word ?? '?'}' is given twice`,
        span: { ...span, length: word?.length ?? 1 },
        help: 'keep one of them',
      });
    } else if (error.code === 'MULTIPLE_DOCS') {
      fatal.push({
        message: 'the file holds several YAML documents',
        span: { ...span, length: 3 },
        help: 'keep one document a file',
      });
    } else if (error.message.startsWith('Maximum call stack')) {
      throw tooDeep(file);
    } else {
      const message = syntaxMessage(error.message);
      fatal.push({ message: `this is not valid YAML: ${message}`, span });
    }
  }
  if (text.includes('*')) fatal.push(...unresolvedAliases(document, places));
  // One slip makes everything after it look wrong, so that later errors say little.
  if (fatal.length > 0) throw new UserError([...duplicates, ...fatal.slice(0, 3)]);
  if (document.contents === null) {
    throw new UserError({ message: 'the file is empty', span: { file } });
  }
  return { value: plainValue(file, document), diagnostics: duplicates };
}

function unresolvedAliases(document: Document, places: Spans): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document) || !node.range) return;
      diagnostics.push({
        message: `nothing is named '&${node.source}' before this '*${node.source}'`,
        span: places.at(node.range[0], node.range[1]),
        help: 'a word that starts with * has to be in quotes',
      });
    },
  });
  return diagnostics;
}

/** The parser's message, in plain words where its own need knowledge of the grammar. */
function syntaxMessage(message: string): string {
  const unclosed = /^Flow .* end with a (\S)/.exec(message)?.[1];
  if (unclosed) return `a ${unclosed === ']' ? '[' : '{'} before this is not closed by ${unclosed}`;
  return message
    .replace(/\.$/, '')
    .replace(/^Missing closing (\S)quote/, 'a $1 before this is not closed');
}

const tooDeep = (file: string) =>
  new UserError({ message: 'the lists and maps are nested too deeply', span: { file } });

/** The index of the end of the line that holds `index`. */
function lineEnd(text: string, index: number): number {
  const end = text.indexOf('\n', index);
  return end < 0 ? text.length : end;
}

function plainValue(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: maximumAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    throw new UserError({
      message: 'the aliases (*name) of the file stand for too much',
      span: { file },
      help: 'write the values out',
    });
  }
}
