/**
 * YAML files as people write them: every value keeps its span, so that a diagnostic that is found much
 * later can still point at the words that caused it.
 */
import { readFileSync, statSync } from 'node:fs';
import { type Document, LineCounter } from 'yaml';
import { type Diagnostic, type Span, UserError } from '../util/diagnostic.js';
import { type Fault, parseText } from './yaml-document.js';
import { Spans, type YamlPath } from './yaml-spans.js';

export type { YamlPath } from './yaml-spans.js';

/** Far above any file that a person writes, and far below what makes parsing slow. */
const maximumBytes = 256 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Follows the yaml package's own limit: enough for honest reuse, too few for a billion laughs. */
const maximumAliases = 100;

export interface YamlFile {
  /** As the caller named it; absolute where the caller found it by itself. */
  file: string;
  text: string;
  /** The plain value: maps as objects, with aliases resolved. */
  value: unknown;
  /** What is wrong with the YAML without keeping it from being read: repeated fields. */
  diagnostics: Diagnostic[];
  /**
   * The span of a value, or with `of: 'key'` of the field's name. A path that does not exist gives the
   * span of its nearest parent that does, or of the whole file.
   */
  span(path: YamlPath, of?: 'value' | 'key'): Span;
  /** The span of some words in the text at `path`; the span of the text when they are not found. */
  spanOfWords(path: YamlPath, words: string, occurrence?: number): Span;
}

/**
 * Reads and parses one file. Throws UserError with everything that is wrong: not a file, too large, not
 * UTF-8, empty, not YAML, several documents, too many aliases.
 */
export function readYamlFile(file: string): YamlFile {
  return parseYaml(file, readText(file));
}

function readText(file: string): string {
  const fail = (id: string, message: string, help?: string, line?: number): never => {
    throw new UserError({ id, message, span: { file, line }, help });
  };
  let bytes: Buffer;
  try {
    const stat = statSync(file);
    // Opening a pipe or a device could wait for ever.
    if (!stat.isFile()) fail('yaml.not-a-file', 'not a regular file');
    if (stat.size > maximumBytes) {
      fail(
        'yaml.file-too-large',
        `the file has ${stat.size} bytes; at most ${maximumBytes} are allowed`,
        'move long scripts and data into files of their own',
      );
    }
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT'
      ? fail('yaml.missing-file', 'there is no such file')
      : fail('yaml.unreadable-file', `cannot read the file (${code ?? error})`);
  }
  try {
    return utf8.decode(bytes);
  } catch {
    const before = bytes.toString('utf8').split('\uFFFD')[0]!;
    return fail(
      'yaml.not-utf-8',
      'the file is not UTF-8 text',
      'save it as UTF-8',
      before.split('\n').length,
    );
  }
}

/** The same for text that is in memory already; `file` is only named in spans. */
export function parseYaml(file: string, text: string): YamlFile {
  // Spans are rarely asked for once a file has been read, and a document takes a hundred times the
  // memory of its text: with thousands of files it is better parsed again.
  let spans: Spans | undefined;
  const lookUp = () => {
    spans ??= spansOf(file, text);
    return spans;
  };
  return {
    file,
    text,
    ...checkedValue(file, text, lookUp),
    span: (path, of = 'value') => lookUp().of(path, of),
    spanOfWords: (path, words, occurrence = 0) => lookUp().ofWords(path, words, occurrence),
  };
}

/** A file whose value is known already; it is read only when a span in it is asked for. */
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

/** Whether a plain value is a map of fields. */
export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(file: string, text: string, lineCounter?: LineCounter) {
  const parsed = parseText(text, lineCounter);
  if (parsed) return parsed;
  throw new UserError({
    id: 'yaml.nested-too-deeply',
    message: 'lists and maps are nested too deeply',
    span: { file },
  });
}

function spansOf(file: string, text: string): Spans {
  const lineCounter = new LineCounter();
  return new Spans(file, text, parse(file, text, lineCounter).document, lineCounter);
}

/** The plain value; throws UserError when the document has none. */
function checkedValue(file: string, text: string, spans: () => Spans) {
  const { document, fatal, others } = parse(file, text);
  const diagnostics = (faults: readonly Fault[]) =>
    faults.map(
      ({ id, range, message, help }): Diagnostic => ({
        id,
        message,
        span: spans().at(...range),
        ...(help && { help }),
      }),
    );
  // One mistake makes everything after it look wrong, so later errors say little.
  if (fatal.length > 0) throw new UserError(diagnostics([...others, ...fatal.slice(0, 3)]));
  if (document.contents === null) {
    throw new UserError({ id: 'yaml.empty-file', message: 'the file is empty', span: { file } });
  }
  return { value: plainValue(file, document), diagnostics: diagnostics(others) };
}

function plainValue(file: string, document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: maximumAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    throw new UserError({
      id: 'yaml.too-many-aliases',
      message: 'the aliases (*name) of the file expand to too much',
      span: { file },
      help: 'write the values out',
    });
  }
}
