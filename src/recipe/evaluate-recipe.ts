/** From a recipe as written to a complete, immutable one for one architecture. */
import { dirname, resolve } from 'node:path';
import type { SourceSpec } from '../source/source-spec.js';
import type { BuildSystem } from './build-system.js';
import { evaluateImage } from './kinds/image-recipe.js';
import type { WrittenRecipe } from './read-recipe.js';
import type { BuiltRecipe, Recipe } from './recipe.js';
import type {
  WrittenBuilt,
  WrittenBuiltPart,
  WrittenImagePart,
  WrittenSource,
} from './recipe-schema.js';
import { bytes, evaluateLimits } from './written-limits.js';

/**
 * Evaluates a recipe that has passed its checks. The block of the architecture adds to lists, merges
 * into maps, and replaces all else. `system` is the recipe's build system; images have none. Without
 * an architecture no block is looked at: tools are for the build machine.
 */
export function evaluateRecipe(
  { yaml, value }: WrittenRecipe,
  architecture: string | undefined,
  system?: BuildSystem,
): Recipe {
  const fields = value as unknown as Record<string, unknown>;
  const block = (architecture === undefined ? undefined : fields[architecture]) ?? {};
  return deepFreeze(
    value.kind === 'image'
      ? evaluateImage(yaml.file, value, block as WrittenImagePart)
      : evaluateBuilt(yaml.file, value, block as WrittenBuiltPart, system!),
  );
}

function evaluateBuilt(
  file: string,
  value: WrittenBuilt,
  block: WrittenBuiltPart,
  system: BuildSystem,
): BuiltRecipe {
  const inFolder = (path: string) => resolve(dirname(file), path);
  const both = <Item>(name: (part: WrittenBuiltPart) => Item[] | undefined): Item[] => [
    ...(name(value) ?? []),
    ...(name(block) ?? []),
  ];
  const buildMemory = block['build-memory'] ?? value['build-memory'];
  return {
    name: value.name,
    kind: value.kind,
    summary: value.summary,
    file,
    source: sourceSpec(block.source ?? value.source, inFolder),
    overlay: value.overlay === undefined ? undefined : inFolder(value.overlay),
    build: value.build,
    inputs: evaluateInputs(value as never, block as never, system),
    needs: [...new Set(both((part) => part.needs))],
    buildTools: [...new Set(both((part) => part['build-tools']))],
    patches: both((part) => part.patches).map(({ file: patch, reason }) => ({
      file: inFolder(patch),
      reason,
    })),
    environment: { ...value.environment, ...block.environment },
    provides: {
      pkgconfig: both((part) => part.provides?.pkgconfig),
      libraries: both((part) => part.provides?.libraries),
      headers: both((part) => part.provides?.headers),
      files: both((part) => part.provides?.files),
    },
    limits: evaluateLimits(value.limits, block.limits),
    buildMemory: buildMemory === undefined ? 0 : bytes(buildMemory),
    bootstrap: value.bootstrap,
  };
}

/** Every input of the build system, with its default where the recipe does not say. */
function evaluateInputs(
  value: Record<string, string | string[] | undefined>,
  block: Record<string, string | string[] | undefined>,
  system: BuildSystem,
): BuiltRecipe['inputs'] {
  const list = (input: string | string[] | undefined) =>
    input === undefined || typeof input === 'string' ? input && [input] : input;
  return Object.fromEntries(
    Object.entries(system.inputs).map(([name, input]) => {
      const base = list(value[name]) ?? input.default;
      const more = list(block[name]);
      if (more === undefined || more === '') return [name, base];
      return [name, input.type === 'text' ? more : [...base, ...more]];
    }),
  ) as BuiltRecipe['inputs'];
}

function sourceSpec(source: WrittenSource, inFolder: (path: string) => string): SourceSpec {
  if ('debian' in source) return { type: 'debian', package: source.debian, suite: source.suite };
  if ('debian-binary' in source) {
    return {
      type: 'debian-binary',
      package: source['debian-binary'],
      architecture: source.architecture,
      suite: source.suite,
    };
  }
  if ('url' in source) return { type: 'url', url: source.url, sha256: source.sha256 };
  if ('git' in source) return { type: 'git', url: source.git, commit: source.commit };
  return { type: 'local', path: inFolder(source.local) };
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) {
      deepFreeze(member);
    }
  }
  return Object.freeze(value);
}
