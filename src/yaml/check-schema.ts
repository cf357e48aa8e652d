/** Holds a YAML file against a zod schema and says what is wrong in the user's words. */
import { z } from 'zod';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { shortened } from '../util/format.js';
import { nearest, suggestion } from '../util/suggest.js';
import type { YamlFile, YamlPath } from './yaml-file.js';

type Issue = z.core.$ZodIssue;

/** A schema, ready to be held against many files. */
export class SchemaCheck<Value> {
  #json: JsonSchema | undefined;

  constructor(private readonly schema: z.ZodType<Value>) {}

  /** The value, or all that is wrong with it; so are repeated fields of the file. */
  check(yaml: YamlFile): { value?: Value; diagnostics: Diagnostic[] } {
    const parsed = this.schema.safeParse(yaml.value);
    const diagnostics = [...yaml.diagnostics];
    if (!parsed.success) {
      const describe = issueDescriber(yaml, (path) => this.#namesAt(path));
      diagnostics.push(...parsed.error.issues.flatMap((issue) => describe(issue)));
      diagnostics.sort((a, b) => inText(a, b, 'line') || inText(a, b, 'column'));
    }
    return diagnostics.length === 0 ? { value: parsed.data, diagnostics } : { diagnostics };
  }

  /** The fields that the map at `path` may have. */
  #namesAt(path: YamlPath): string[] {
    // Only wanted when something is wrong.
    const options = { io: 'input', unrepresentable: 'any' } as const;
    this.#json ??= z.toJSONSchema(this.schema, options) as JsonSchema;
    return fieldNames(this.#json, path);
  }
}

const inText = (a: Diagnostic, b: Diagnostic, part: 'line' | 'column') =>
  (a.span?.[part] ?? 0) - (b.span?.[part] ?? 0);

/** The value, or all that is wrong with one file. */
export function checkWith<Value>(schema: z.ZodType<Value>, yaml: YamlFile) {
  return new SchemaCheck(schema).check(yaml);
}

/** The value as the schema gives it; throws UserError with all that is wrong with the file. */
export function parseWith<Value>(schema: z.ZodType<Value>, yaml: YamlFile): Value {
  const { value, diagnostics } = checkWith(schema, yaml);
  if (value === undefined) throw new UserError(diagnostics);
  return value;
}

function issueDescriber(yaml: YamlFile, namesAt: (path: YamlPath) => string[]) {
  const describe = (issue: Issue): Diagnostic[] => {
    const path = issue.path as YamlPath;
    const value = valueAt(yaml.value, path);
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => unknownField(yaml, [...path, key], namesAt(path)));
      case 'invalid_union':
        return describeUnion(issue, value, describe, () => namesAt(path), yaml);
      case 'invalid_type':
        if (value === undefined && path.length > 0) return [missingField(yaml, path)];
        if (!issue.message.startsWith('Invalid input')) {
          return [{ message: issue.message, span: yaml.span(path) }];
        }
        return [
          {
            message: `expected ${typeWord(issue.expected)}, found ${describeValue(value)}`,
            span: yaml.span(path),
            help: typeHelp(issue.expected, value),
          },
        ];
      case 'invalid_value':
        return [invalidValue(yaml, path, value, issue.values)];
      case 'invalid_key':
        return [
          { message: issue.issues[0]?.message ?? issue.message, span: yaml.span(path, 'key') },
        ];
      default:
        // The schemas give every other rule a message of its own.
        return [{ message: issue.message, span: yaml.span(path) }];
    }
  };
  return describe;
}

function unknownField(yaml: YamlFile, path: YamlPath, names: string[]): Diagnostic {
  const key = String(path.at(-1));
  if (names.includes(key)) {
    // It belongs to another alternative than the one that its neighbours chose.
    return {
      message: `the field '${shortened(key)}' does not go with the others here`,
      span: yaml.span(path, 'key'),
    };
  }
  return {
    message: `there is no field '${shortened(key)}' here`,
    span: yaml.span(path, 'key'),
    help: suggestion(key, names, 'fields'),
  };
}

function missingField(yaml: YamlFile, path: YamlPath, value = '…'): Diagnostic {
  const key = path.at(-1);
  const span = yaml.span(path.slice(0, -1), 'key');
  return typeof key === 'number'
    ? { message: `item ${key + 1} of the list is missing`, span }
    : { message: `the field '${key}' is missing`, span, help: `add '${key}: ${value}'` };
}

function invalidValue(
  yaml: YamlFile,
  path: YamlPath,
  value: unknown,
  values: readonly unknown[],
): Diagnostic {
  const words = values.map(String);
  if (value === undefined) return missingField(yaml, path, words.length === 1 ? words[0] : '…');
  const best = typeof value === 'string' ? nearest(value, words) : undefined;
  return {
    message: `expected ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}, found ${describeValue(value)}`,
    span: yaml.span(path),
    ...(best && { help: `did you mean '${best}'?` }),
  };
}

/**
 * Of several alternatives, tells only about the one that the user most likely meant: the one with
 * the fewest fields that do not belong to it, then with the fewest that it lacks.
 */
function describeUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  value: unknown,
  describe: (issue: Issue) => Diagnostic[],
  names: () => string[],
  yaml: YamlFile,
): Diagnostic[] {
  const path = issue.path as YamlPath;
  const branches = issue.errors.filter((issues) => issues.length > 0);
  if (branches.length === 0 || value === undefined) {
    return value === undefined && path.length > 0
      ? [missingField(yaml, path)]
      : [{ message: issue.message, span: yaml.span(path) }];
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isMap) {
    const all = names();
    const unknown = Object.keys(value).filter((key) => !all.includes(key));
    if (unknown.length > 0) return unknown.map((key) => unknownField(yaml, [...path, key], all));
  }
  const surplus = (issues: Issue[]) =>
    issues.reduce(
      (sum, each) => sum + (each.code === 'unrecognized_keys' ? each.keys.length : 0),
      0,
    );
  const best = [...branches].sort(
    (a, b) => surplus(a) - surplus(b) || a.length - b.length,
  )[0] as Issue[];
  if (branches.every((each) => each[0]?.code === 'invalid_type' && each[0].path.length === 0)) {
    const expected = branches.map((each) => (each[0] as z.core.$ZodIssueInvalidType).expected);
    const words = [...new Set(expected)].map(typeWord);
    return [
      {
        message: `expected ${words.join(' or ')}, found ${describeValue(value)}`,
        span: yaml.span(path),
      },
    ];
  }
  return best.flatMap((each) => describe({ ...each, path: [...path, ...each.path] } as Issue));
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
  return `the ${typeof value === 'boolean' ? 'truth value' : 'number'} ${value}`;
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

/** The part of JSON schema that says which fields a map has. */
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
