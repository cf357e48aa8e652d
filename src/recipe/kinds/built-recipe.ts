/** Recipes that a build system builds from a source: how they are checked and evaluated. */
import { dirname, resolve } from 'node:path';
import type { Diagnostic } from '../../util/diagnostic.js';
import type { YamlFile, YamlPath } from '../../yaml/yaml-file.js';
import { type BuildSystem, expandPhases } from '../build-system.js';
import type { BuildInputs, BuiltRecipe } from '../recipe.js';
import { checkPath, checkWord } from '../recipe-rules.js';
import { bytes, evaluateLimits } from '../written-limits.js';
import {
  type BuiltPart,
  builtFields,
  builtSchema,
  type WrittenBuiltValue,
} from './built-schema.js';
import { sourceSpec } from './source-schema.js';
import {
  deepFreeze,
  FormReader,
  type RecipeContext,
  type Reference,
  type Vocabulary,
  WrittenBase,
  type WrittenRecipe,
  withArticle,
} from './written-recipe.js';

export const builtForm = {
  fields: builtFields,
  schema: builtSchema,
  /** Of the recipes that a build system builds. */
  reader: (vocabulary: Vocabulary, system: BuildSystem) =>
    new FormReader(
      builtSchema(vocabulary, system.name),
      (yaml: YamlFile, value: WrittenBuiltValue) => new WrittenBuilt(yaml, value, system),
    ),
};

/** A script of a phase is one word of a command line, which holds 128 KiB. */
const longestScript = 100_000;

class WrittenBuilt
  extends WrittenBase<BuiltPart, WrittenBuiltValue>
  implements WrittenRecipe<BuiltRecipe>
{
  readonly isArtifact = false;

  constructor(
    yaml: YamlFile,
    value: WrittenBuiltValue,
    private readonly system: BuildSystem,
  ) {
    super(yaml, value);
  }

  get buildTools(): string[] {
    const { common, blocks } = this.value;
    const parts = [common, ...Object.values(blocks)];
    return [...new Set(parts.flatMap((part) => part['build-tools'] ?? []))];
  }

  protected partReferences({ needs = [] }: BuiltPart, path: YamlPath): Reference[] {
    return needs.map((name, index) => ({ name, path: [...path, 'needs', index] }));
  }

  refuses(needed: WrittenRecipe, name: string): string | undefined {
    const { kind } = this.value;
    if (needed.isArtifact) {
      return `${withArticle(kind)} cannot need '${name}', which is ${withArticle(needed.value.kind)}: nothing can be linked with it`;
    }
    return kind === 'tool' && needed.value.kind !== 'tool'
      ? `a tool runs on the build machine and cannot need '${name}', a ${needed.value.kind} for stub domains`
      : undefined;
  }

  override check(context: RecipeContext): Diagnostic[] {
    const { bootstrap, overlay } = this.value;
    const diagnostics = super.check(context);
    if (context.ofToolchain && !bootstrap) {
      diagnostics.push({
        id: 'recipe.missing-bootstrap',
        message: "a recipe in a toolchain's folder has to be marked as a part of it",
        span: this.yaml.span([]),
        help: "add 'bootstrap: true', or move the file to recipes/",
      });
    }
    if (!context.ofToolchain && bootstrap) {
      diagnostics.push({
        id: 'recipe.unexpected-bootstrap',
        message: "only recipes in a toolchain's folder are built with its bare compiler",
        span: this.yaml.span(['bootstrap'], 'key'),
        help: "remove 'bootstrap', or move the file to toolchains/<name>/recipes/",
      });
    }
    if (overlay !== undefined) {
      diagnostics.push(...checkPath(this.yaml, context, ['overlay'], overlay, 'folder'));
    }
    return [...diagnostics, ...this.#checkLength(context.architectures)];
  }

  protected checkPart(part: BuiltPart, path: YamlPath, context: RecipeContext): Diagnostic[] {
    const { source, patches = [] } = part;
    return [
      ...(source && 'local' in source
        ? checkPath(this.yaml, context, [...path, 'source', 'local'], source.local, 'folder')
        : []),
      ...patches.flatMap(({ file }, index) =>
        checkPath(this.yaml, context, [...path, 'patches', index, 'file'], file, 'file'),
      ),
      ...Object.entries(part.inputs).flatMap(([name, words]) =>
        this.system.inputs[name]?.type === 'words'
          ? words.flatMap((word, index) => checkWord(this.yaml, [...path, name, index], word))
          : [],
      ),
    ];
  }

  /** A script of a phase is one word of a command line. */
  #checkLength(architectures: readonly string[]): Diagnostic[] {
    for (const architecture of [undefined, ...architectures]) {
      const inputs = this.#inputs(architecture);
      const lengths = Object.entries(inputs).map(([name, words]) => ({
        name,
        length: words.join(' ').length,
      }));
      // Quotes make a text at most four times as long.
      if (lengths.reduce((sum, { length }) => sum + length, 0) < longestScript / 5) continue;
      const [longest] = lengths.toSorted((a, b) => b.length - a.length);
      for (const { name, script } of expandPhases(this.system, { inputs }, {})) {
        const bytes = Buffer.byteLength(script);
        if (bytes <= longestScript) continue;
        return [
          {
            id: 'recipe.script-too-long',
            message: `the phase ${name} would be a script of ${bytes} bytes, but a command line has room for ${longestScript}`,
            span: this.yaml.span([longest!.name]),
            help: "move text into files in the recipe's folder: {{recipe-dir}}/<name>/",
          },
        ];
      }
    }
    return [];
  }

  evaluate(architecture: string | undefined): BuiltRecipe {
    const { name, kind, summary, build, overlay, bootstrap, common } = this.value;
    const block = this.block(architecture);
    const inFolder = (path: string) => resolve(dirname(this.yaml.file), path);
    const both = <Item>(list: (part: BuiltPart) => Item[] | undefined): Item[] => [
      ...(list(common) ?? []),
      ...((block && list(block)) ?? []),
    ];
    const buildMemory = block?.['build-memory'] ?? common['build-memory'];
    return deepFreeze({
      name,
      kind,
      summary,
      file: this.yaml.file,
      source: sourceSpec(block?.source ?? common.source, inFolder),
      overlay: overlay === undefined ? undefined : inFolder(overlay),
      build,
      inputs: this.#inputs(architecture),
      needs: [...new Set(both((part) => part.needs))],
      buildTools: [...new Set(both((part) => part['build-tools']))],
      patches: both((part) => part.patches).map(({ file, reason }) => ({
        file: inFolder(file),
        reason,
      })),
      environment: { ...common.environment, ...block?.environment },
      provides: {
        pkgconfig: both((part) => part.provides?.pkgconfig),
        libraries: both((part) => part.provides?.libraries),
        headers: both((part) => part.provides?.headers),
        files: both((part) => part.provides?.files),
      },
      limits: evaluateLimits(common.limits, block?.limits),
      buildMemory: buildMemory === undefined ? 0 : bytes(buildMemory),
      bootstrap,
    });
  }

  /** Every input of the build system, with its default where the recipe gives none. */
  #inputs(architecture: string | undefined): BuildInputs {
    const { common } = this.value;
    const block = this.block(architecture);
    return Object.fromEntries(
      Object.entries(this.system.inputs).map(([name, input]) => {
        const base = common.inputs[name] ?? input.default;
        const more = block?.inputs[name];
        if (more === undefined) return [name, base];
        return [name, input.type === 'text' ? more : [...base, ...more]];
      }),
    );
  }
}
