/** What the lab's dom0 is made of, from share/lab/dom0.yaml. */
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../project/project.js';
import type { SourceSpec } from '../../source/source-spec.js';
import { parseWith } from '../../yaml/check-schema.js';
import { readYamlFile } from '../../yaml/yaml-file.js';

const names = z.array(z.string().min(1));

/** What a first file system has from the distro's packages. */
const filesSchema = z.strictObject({
  programs: names,
  files: names,
  links: z.record(z.string(), z.string()),
  modules: names,
});

const schema = filesSchema.extend({
  suite: z.string(),
  kernel: z.string(),
  hypervisor: z.string(),
  packages: z.record(z.string(), names),
});

export interface RootDescription extends z.output<typeof filesSchema> {}
export interface Dom0Description extends z.output<typeof schema> {}

/** File systems for other domains than dom0; our own files for them are in folders of these names. */
export const otherRoots = ['guest', 'stubdomain'] as const;

export function readRootDescription(name: (typeof otherRoots)[number]): RootDescription {
  const file = readYamlFile(join(labShare, `${name}.yaml`));
  return parseWith(filesSchema, { area: 'dom0' }, file);
}

/** The folder with the lab's data. */
export const labShare = join(packageRoot, 'share', 'lab');

export function readDom0Description(): Dom0Description {
  return parseWith(schema, { area: 'dom0' }, readYamlFile(join(labShare, 'dom0.yaml')));
}

export interface Dom0Sources {
  kernel: SourceSpec;
  hypervisor: SourceSpec;
  packages: SourceSpec[];
}

/** The distro's packages, as sources that can be locked and fetched. */
export function dom0Sources(description: Dom0Description): Dom0Sources {
  const { suite } = description;
  const source = (name: string, architecture: string): SourceSpec => ({
    type: 'debian-binary',
    package: name,
    architecture,
    suite,
  });
  return {
    kernel: source(description.kernel, 'amd64'),
    hypervisor: source(description.hypervisor, 'amd64'),
    packages: Object.entries(description.packages).flatMap(([architecture, packages]) =>
      packages.map((name) => source(name, architecture)),
    ),
  };
}
