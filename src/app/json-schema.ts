/** The JSON schemas of what people write and of what --json prints, from the types of the program. */
import { z } from 'zod';
import { eventSchema } from '../events/event-schema.js';
import { scenarioSchema } from '../lab/scenario/scenario-schema.js';
import type { Project } from '../project/project.js';
import { buildSystemSchema } from '../recipe/build-system.js';
import { recipeSchema } from '../recipe/kinds/recipe-forms.js';
import { loadRecipes } from '../recipe/recipe-set.js';
import { toolchainSchema } from '../toolchain/toolchain-schema.js';

export const schemaNames = ['recipe', 'build-system', 'toolchain', 'scenario', 'events'] as const;
export type SchemaName = (typeof schemaNames)[number];

/**
 * A JSON schema (draft 2020-12). That of recipes knows the build systems and architectures of the
 * project, because these decide which fields there are.
 */
export async function jsonSchema(
  name: SchemaName,
  project: Pick<Project, 'recipeDirs' | 'toolchainDirs'>,
): Promise<Record<string, unknown>> {
  // Events have few parts in common, and read better as a whole.
  const reused = name === 'events' ? 'inline' : 'ref';
  const schema = z.toJSONSchema(await schemaOf(name, project), { io: 'input', reused });
  return { $schema: schema.$schema, title: `stubforge ${name}`, ...schema };
}

async function schemaOf(
  name: SchemaName,
  project: Pick<Project, 'recipeDirs' | 'toolchainDirs'>,
): Promise<z.ZodType> {
  switch (name) {
    case 'recipe':
      return recipeSchema((await loadRecipes(project)).vocabulary);
    case 'build-system':
      return buildSystemSchema;
    case 'toolchain':
      return toolchainSchema;
    case 'scenario':
      return scenarioSchema;
    case 'events':
      return eventSchema;
    default:
      return name satisfies never;
  }
}
