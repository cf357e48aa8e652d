/** Parses YAML, and finds what is wrong with a document besides what the parser finds. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
} from 'yaml';

/** Something wrong, and where it stands in the text. */
export interface Fault {
  message: string;
  help?: string;
  range: [number, number];
}

export interface ParsedYaml {
  document: Document.Parsed;
  /** What keeps the document from having a value. */
  fatal: Fault[];
  /** What can be told together with other faults of the value: repeated fields and the like. */
  others: Fault[];
}

/** Longer texts would not fit into a command line, quoted, and are read by nobody in such a file. */
const longestText = 30_000;

/** Nobody nests by hand as deeply as this, and the parser could still do several times as much. */
const maximumDepth = 500;

/**
 * Whether a text is not to be given to a parser. Looks at brackets and dashes alone, whatever they mean.
 * The parser calls itself for each of them, and Node ends the whole process when a pattern is first
 * compiled where little is left of the stack.
 */
export function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > maximumDepth) return true;
  }
  return new RegExp(`(?:[-?:][ \\t]+){${maximumDepth}}`).test(text);
}

/** Undefined where lists and maps are nested too deeply. */
export function parseText(text: string, lineCounter?: LineCounter): ParsedYaml | undefined {
  if (nestsTooDeeply(text)) return undefined;
  let document: Document.Parsed;
  try {
    // Repeated fields are found below: the parser compares every two of a map.
    const options = { lineCounter, prettyErrors: false, uniqueKeys: false } as const;
    document = parseDocument(text, { ...options, resolveKnownTags: false });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const complaints = [...document.errors, ...document.warnings];
  if (complaints.some(({ message }) => message.startsWith('Maximum call stack'))) return undefined;
  const parsed: ParsedYaml = { document, fatal: complaints.map(syntaxFault), others: [] };
  if (document.contents) new Inspection(document, parsed).look(document.contents);
  return parsed;
}

/** The parser's own complaint, in plain words where its own need knowledge of the grammar. */
function syntaxFault({
  code,
  message,
  pos: [start, end],
}: Document.Parsed['errors'][number]): Fault {
  if (code === 'MULTIPLE_DOCS') {
    return {
      message: 'the file holds several YAML documents',
      help: 'keep one document a file',
      range: [start, start + 3],
    };
  }
  const tag = /^Unresolved tag: (\S+)/.exec(message)?.[1]?.replace('tag:yaml.org,2002:', '!!');
  if (tag) {
    return {
      message: `the tag ${tag} has no meaning here`,
      help: 'write the value without it, in quotes where it begins with !',
      range: [start, end],
    };
  }
  const unclosed = /^Flow .* end with a (\S)/.exec(message)?.[1];
  const words = unclosed
    ? `a ${unclosed === ']' ? '[' : '{'} before this is not closed by ${unclosed}`
    : message
        .replace(/\.$/, '')
        .replace(/^Missing closing (\S)quote/, 'a $1 before this is not closed');
  return { message: `this is not valid YAML: ${words}`, range: [start, end] };
}

/** Looks at every value and every field's name of a document. */
class Inspection {
  constructor(
    private readonly document: Document.Parsed,
    private readonly found: ParsedYaml,
  ) {}

  look(node: ParsedNode | Node | null): void {
    if (isAlias(node)) {
      if (node.resolve(this.document)) return;
      this.fault(
        'fatal',
        node,
        `nothing is named '&${node.source}' before this '*${node.source}'`,
        {
          help: 'a word that starts with * has to be in quotes',
        },
      );
    } else if (isScalar(node)) {
      if (typeof node.value === 'string') this.text(node, node.value);
    } else if (isMap(node)) {
      const names = new Set<string>();
      for (const { key, value } of node.items) {
        this.name(key, names);
        this.look(value as Node | null);
      }
    } else if (isCollection(node)) {
      for (const item of node.items) this.look((isPair(item) ? item.value : item) as Node | null);
    }
  }

  /** A field's name, which has to be text that stands once in its map. */
  private name(key: unknown, names: Set<string>): void {
    if (!isScalar(key)) {
      if (isAlias(key) || isCollection(key)) {
        this.fault('fatal', key, 'the name of a field has to be text');
      }
      return;
    }
    const name = String(key.value ?? '');
    this.text(key, name);
    if (names.has(name)) {
      this.fault('others', key, `the field '${name}' is given twice`, { help: 'keep one of them' });
    } else if (name === '__proto__') {
      // In JavaScript it is no field like others.
      this.fault('others', key, `there is no field '${name}' here`);
    }
    names.add(name);
  }

  private text(node: Node, text: string): void {
    if (text.length > longestText) {
      this.fault(
        'fatal',
        node,
        `this text has ${text.length} characters; more than ${longestText} are not read`,
        {
          help: 'move it into a file of its own',
        },
      );
    }
    const character = unwritable.exec(text)?.[0];
    if (character === undefined) return;
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    this.fault('fatal', node, `this text holds the character U+${code}, which cannot be shown`, {
      help: 'take it out; a script can make one, e.g. by printf',
    });
  }

  private fault(
    kind: 'fatal' | 'others',
    node: Node,
    message: string,
    more: { help?: string } = {},
  ) {
    const [start, end] = node.range ?? [0, 0];
    this.found[kind].push({ message, ...more, range: [start, end] });
  }
}

/**
 * Control characters besides line ends and tabs, which could reach a terminal or end a command's word;
 * halves of characters; and what turns the direction of the text around it.
 */
const unwritable = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u;
