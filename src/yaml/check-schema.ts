/** Checks a YAML file against a zod schema and reports what is wrong in the user's words. */
import { z } from 'zod';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { shortened } from '../util/format.js';
import { nearest, suggestion } from '../util/suggest.js';
import { isMap, type YamlFile, type YamlPath } from './yaml-file.js';

type Issue = z.core.$ZodIssue;

/** What the diagnostics on one kind of file need besides its schema. */
export interface FileKind {
  /** The first part of their ids: `recipe` in `recipe.unknown-field`. */
  area: string;
  /** Fields that had another name in earlier versions: old names with the new ones. */
  renamedFields?: Readonly<Record<string, string>>;
}

/** A schema against which many files can be checked. */
export class SchemaCheck<Value> {
  #json: JsonSchema | undefined;

  constructor(
    private readonly schema: z.ZodType<Value>,
    private readonly kind: FileKind,
  ) {}

  /** The value, or all that is wrong with it, including repeated fields of the file. */
  check(yaml: YamlFile): { value?: Value; diagnostics: Diagnostic[] } {
    const parsed = this.schema.safeParse(yaml.value);
    const diagnostics = [...yaml.diagnostics];
    if (!parsed.success) {
      const describer = new IssueDescriber(yaml, this.kind, (path) => this.#namesAt(path));
      diagnostics.push(...parsed.error.issues.flatMap((issue) => describer.describe(issue)));
      diagnostics.sort((a, b) => inText(a, b, 'line') || inText(a, b, 'column'));
    }
    return diagnostics.length === 0 ? { value: parsed.data, diagnostics } : { diagnostics };
  }

  /** The fields that the map at `path` may have. */
  #namesAt(path: YamlPath): string[] {
    // Only needed when something is wrong.
    const options = { io: 'input', unrepresentable: 'any' } as const;
    this.#json ??= z.toJSONSchema(this.schema, options) as JsonSchema;
    return fieldNames(this.#json, path);
  }
}

const inText = (a: Diagnostic, b: Diagnostic, part: 'line' | 'column') =>
  (a.span?.[part] ?? 0) - (b.span?.[part] ?? 0);

/** The value, or all that is wrong with one file. */
export function checkWith<Value>(schema: z.ZodType<Value>, kind: FileKind, yaml: YamlFile) {
  return new SchemaCheck(schema, kind).check(yaml);
}

/** The value as the schema gives it; throws UserError with all that is wrong with the file. */
export function parseWith<Value>(schema: z.ZodType<Value>, kind: FileKind, yaml: YamlFile): Value {
  const { value, diagnostics } = checkWith(schema, kind, yaml);
  if (value === undefined) throw new UserError(diagnostics);
  return value;
}

/** Turns the issues of one file into diagnostics. */
class IssueDescriber {
  constructor(
    private readonly yaml: YamlFile,
    private readonly kind: FileKind,
    private readonly namesAt: (path: YamlPath) => string[],
  ) {}

  describe(issue: Issue): Diagnostic[] {
    const path = issue.path as YamlPath;
    const value = valueAt(this.yaml.value, path);
    switch (issue.code) {
      case 'unrecognized_keys':
        return (
          issue.keys
            // The parser has reported this one.
            .filter((key) => key !== '__proto__')
            .map((key) => this.#unknownField([...path, key], this.namesAt(path)))
        );
      case 'invalid_union':
        return this.#union(issue, path, value);
      case 'invalid_type':
        if (value === undefined && path.length > 0) return [this.#missing(path)];
        return issue.message.startsWith('Invalid input')
          ? [this.#wrongType(path, [issue.expected], value)]
          : [this.#invalid(path, issue.message)];
      case 'invalid_value':
        return [this.#notOneOf(path, value, issue.values)];
      case 'invalid_key':
        return [
          {
            id: this.#id('invalid-name'),
            message: issue.issues[0]?.message ?? issue.message,
            span: this.yaml.span(path, 'key'),
          },
        ];
      case 'custom':
        return [this.#invalid(path, issue.message, issue.params?.diagnostic as string | undefined)];
      default:
        // The schemas give every other rule a message of its own.
        return [this.#invalid(path, issue.message)];
    }
  }

  #id(name: string): string {
    return `${this.kind.area}.${name}`;
  }

  #invalid(path: YamlPath, message: string, name = 'invalid-value'): Diagnostic {
    return { id: this.#id(name), message, span: this.yaml.span(path) };
  }

  #wrongType(path: YamlPath, expected: readonly string[], value: unknown): Diagnostic {
    const words = [...new Set(expected)].map(typeWord);
    return {
      id: this.#id('wrong-type'),
      message: `expected ${words.join(' or ')}, found ${describeValue(value)}`,
      span: this.yaml.span(path),
      help: expected.length === 1 ? typeHelp(expected[0]!, value) : undefined,
    };
  }

  #unknownField(path: YamlPath, names: readonly string[]): Diagnostic {
    const key = String(path.at(-1));
    const span = this.yaml.span(path, 'key');
    const renamed = this.kind.renamedFields ?? {};
    const newName = Object.hasOwn(renamed, key) ? renamed[key]! : undefined;
    if (names.includes(key)) {
      // It belongs to another alternative than the one that its neighbours chose.
      return {
        id: this.#id('conflicting-field'),
        message: `the field '${shortened(key)}' cannot be combined with the others here`,
        span,
      };
    }
    if (newName !== undefined && names.includes(newName)) {
      return {
        id: this.#id('renamed-field'),
        message: `the field '${key}' is called '${newName}' now`,
        span,
        help: `rename it to '${newName}'`,
      };
    }
    return {
      id: this.#id('unknown-field'),
      message: `unknown field '${shortened(key)}'`,
      span,
      help: suggestion(key, names, 'fields'),
    };
  }

  #missing(path: YamlPath, value = '…'): Diagnostic {
    const key = path.at(-1);
    const span = this.yaml.span(path.slice(0, -1), 'key');
    return typeof key === 'number'
      ? { id: this.#id('missing-item'), message: `item ${key + 1} of the list is missing`, span }
      : {
          id: this.#id('missing-field'),
          message: `the field '${key}' is missing`,
          span,
          help: `add '${key}: ${value}'`,
        };
  }

  #notOneOf(path: YamlPath, value: unknown, values: readonly unknown[]): Diagnostic {
    const words = values.map(String);
    if (value === undefined) return this.#missing(path, words.length === 1 ? words[0] : '…');
    const best = typeof value === 'string' ? nearest(value, words) : undefined;
    const diagnostic = this.#invalid(
      path,
      `expected ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}, found ${describeValue(value)}`,
    );
    return { ...diagnostic, ...(best && { help: `did you mean '${best}'?` }) };
  }

  /**
   * Of several alternatives, describes only the one that the user most likely meant: the one with the
   * fewest fields that do not belong to it, then with the fewest missing fields.
   */
  #union(issue: z.core.$ZodIssueInvalidUnion, path: YamlPath, value: unknown): Diagnostic[] {
    const branches = issue.errors.filter((issues) => issues.length > 0);
    if (branches.length === 0 || value === undefined) {
      return value === undefined && path.length > 0
        ? [this.#missing(path)]
        : [this.#invalid(path, issue.message)];
    }
    if (isMap(value)) {
      const all = this.namesAt(path);
      const unknown = Object.keys(value).filter((key) => !all.includes(key));
      if (unknown.length > 0) return unknown.map((key) => this.#unknownField([...path, key], all));
    }
    if (branches.every((each) => each[0]?.code === 'invalid_type' && each[0].path.length === 0)) {
      const expected = branches.map((each) => (each[0] as z.core.$ZodIssueInvalidType).expected);
      return [this.#wrongType(path, expected, value)];
    }
    const surplus = (issues: Issue[]) =>
      issues.reduce(
        (sum, each) => sum + (each.code === 'unrecognized_keys' ? each.keys.length : 0),
        0,
      );
    const best = [...branches].sort(
      (a, b) => surplus(a) - surplus(b) || a.length - b.length,
    )[0] as Issue[];
    return best.flatMap((each) =>
      this.describe({ ...each, path: [...path, ...each.path] } as Issue),
    );
  }
}

const typeWords: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of fields',
};
const typeWord = (expected: string) => typeWords[expected] ?? expected;

/** What was found, in the words of `typeWord`, with short scalars shown. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of fields';
  if (typeof value === 'string') return value.length <= 40 ? `'${value}'` : 'other text';
  return `the ${typeof value === 'boolean' ? 'value' : 'number'} ${value}`;
}

function typeHelp(expected: string, value: unknown): string | undefined {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return 'put it in quotes';
  }
  if (expected === 'array' && typeof value === 'string') {
    return value.length <= 40 ? `write it as a list: [${value}]` : 'write it as a list';
  }
  return undefined;
}

function valueAt(value: unknown, path: YamlPath): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.hasOwn(current, part)
      ? (current as Record<string | number, unknown>)[part]
      : undefined;
  }
  return current;
}

/** The part of a JSON schema that lists the fields of a map. */
interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

/** The names of all fields that some alternative of the schema allows in the map at `path`. */
function fieldNames(schema: JsonSchema, path: YamlPath): string[] {
  let level = alternatives(schema);
  for (const part of path) {
    level = level
      .map((each) => {
        if (typeof part === 'number') return each.items;
        const rest = each.additionalProperties;
        return each.properties?.[part] ?? (typeof rest === 'object' ? rest : undefined);
      })
      .filter((each) => each !== undefined)
      .flatMap(alternatives);
  }
  return [...new Set(level.flatMap((each) => Object.keys(each.properties ?? {})))];
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const below = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...below.flatMap(alternatives)];
}
