/**
 * What a kind of artifact has to say: one object for each kind of recipe that assembles what others
 * have built. `kinds.ts` lists them; nobody else asks which kind a recipe is of.
 */
import type { Event } from '../events/event.js';
import type { UnitName } from '../events/unit-id.js';
import type { ArtifactRecipe } from '../recipe/recipe.js';

/** All that an artifact is made from, as plain data, so that it can be made elsewhere. */
export interface ArtifactJob<R extends ArtifactRecipe = ArtifactRecipe> {
  recipe: R;
  /** The folder with the output of each recipe that it needs, by the recipe's name. */
  inputs: Readonly<Record<string, string>>;
  /** The folder that becomes its own output; it is there, and empty. */
  dest: string;
}

export interface ArtifactContext {
  /** Writes a line to the unit's log. */
  log: (line: string) => void;
  signal: AbortSignal;
}

/** The files of an output that people take away. */
export interface ArtifactFiles {
  /** The one that is used where only one can be: booted, or written to a disk. */
  main: string;
  /** All of them, absolute, by their format. */
  formats: Readonly<Record<string, string>>;
}

/** The result of checking an artifact against its contract. */
export interface ArtifactVerdict {
  /** How many rules it keeps. */
  kept: number;
  /** One line for each rule that it breaks. */
  broken: readonly string[];
  /** What else is worth a line in the log. */
  remarks: readonly string[];
}

/** What a boot of the artifact takes, and what it has to show. */
export interface BootSettings {
  /** In bytes. */
  memory: number;
  /** A regular expression that a line of the console has to match. */
  expect?: string;
}

/** Methods, so that the object for one kind can stand where one for any kind is asked for. */
export interface ArtifactKind<R extends ArtifactRecipe = ArtifactRecipe> {
  /** Raised when equal inputs give other bytes than before. */
  readonly version: string;
  /** The phase in which it is made, as logs name it. */
  readonly phase: string;
  /** The programs of the build machine that it runs. */
  readonly buildTools: readonly string[];
  /** The names of the recipes whose outputs it takes in, the most important one first. */
  needs(recipe: R): readonly string[];
  /** Files and folders of the recipe's own that go into it, absolute. */
  localFiles(recipe: R): readonly string[];
  /** The fields of the recipe that can change its output, by name. */
  keyParts(recipe: R): Readonly<Record<string, unknown>>;
  /** Makes it in `dest`. Throws UserError for what the recipe's author can correct. */
  produce(job: ArtifactJob<R>, context: ArtifactContext): Promise<void>;
  /** The files of an output; undefined where it holds none of that name. */
  files(output: string, name: string): ArtifactFiles | undefined;
  /** Checks what an output has of that name against the contract of its kind. */
  verify(output: string, name: string): Promise<ArtifactVerdict>;
  /** The event that says where a unit's artifact lies. */
  announce(unit: UnitName, output: string, name: string): Event;
  /** Undefined for what does not boot. */
  bootSettings(recipe: R): BootSettings | undefined;
}
