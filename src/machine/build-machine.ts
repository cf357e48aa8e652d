import { packageNames } from './build-tools.js';
import { developmentFiles } from './development-files.js';
import { PackageDatabase } from './package-database.js';
import { ToolVersions } from './tool-versions.js';

/** The machine that builds. Each of its properties is looked up once, when it is first asked for. */
export class BuildMachine {
  readonly packages: PackageDatabase;
  readonly #versions: ToolVersions;

  constructor(packages = new PackageDatabase()) {
    this.packages = packages;
    this.#versions = new ToolVersions(packages);
  }

  /** The versions of these commands or packages, as far as they are installed. */
  versions(names: readonly string[]): Record<string, string> {
    return this.#versions.versions(names);
  }

  /** Headers and pkg-config files in the packages of these tools; undefined where that is not known. */
  async developmentFiles(tools: Iterable<string>): Promise<string[] | undefined> {
    return developmentFiles(this.packages, await packageNames(tools));
  }
}
