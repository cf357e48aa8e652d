/** Bootable images: a program of another recipe, with a file tree and arguments packed into it. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ImageRecipe } from '../../recipe/kinds/image-recipe.js';
import type { ArtifactKind } from '../artifact-kind.js';
import { wayName } from './verify/verification-report.js';
import { verifyImage } from './verify/verify-image.js';
import { writeImage } from './write-image.js';

/**
 * The date of every file in every image: one that depends on nothing, so that an image changes only
 * when what is in it changes.
 */
const imageDate = 946684800;

const folder = 'boot';

const pathsIn = (output: string, name: string) => ({
  elf: join(output, folder, `${name}.elf`),
  gz: join(output, folder, `${name}.gz`),
});

export const imageKind: ArtifactKind<ImageRecipe> = {
  version: '2',
  phase: 'pack',
  buildTools: ['gzip'],

  needs: ({ program, files }) => [
    ...new Set([program.recipe, ...files.flatMap(({ recipe }) => recipe ?? [])]),
  ],

  localFiles: ({ file, files }) =>
    files.flatMap(({ from, recipe }) => (recipe ? [] : [resolve(dirname(file), from)])),

  // Neither its memory nor what its boot has to show is in the image.
  keyParts: (recipe) => ({
    program: recipe.program,
    files: recipe.files,
    cmdline: recipe.arguments,
  }),

  async produce({ recipe, inputs, dest }, { log, signal }) {
    const outputOf = (name: string) => {
      const output = inputs[name];
      if (output === undefined) throw new Error(`${recipe.name} was made without ${name}`);
      return output;
    };
    const written = await writeImage({
      program: join(outputOf(recipe.program.recipe), recipe.program.file),
      files: recipe.files.map(({ from, to, recipe: other, mode }) => ({
        sourcePath: other ? join(outputOf(other), from) : resolve(dirname(recipe.file), from),
        guestPath: to,
        mode,
      })),
      // The recipe names what comes after the program's own name, as one types it in a shell.
      arguments: [basename(recipe.program.file), ...recipe.arguments],
      date: imageDate,
      directory: join(dest, folder),
      name: recipe.name,
      signal,
    });
    log(`${written.elf}: ${written.bytes} bytes`);
    log(`${written.gz}: ${written.gzBytes} bytes`);
  },

  files(output, name) {
    const { elf, gz } = pathsIn(output, name);
    return existsSync(elf) ? { main: gz, formats: { elf, gz } } : undefined;
  },

  async verify(output, name) {
    const { findings, boots, format } = await verifyImage(pathsIn(output, name).gz, 'stubdom');
    return {
      kept: findings.filter(({ status }) => status === 'passed').length,
      broken: findings.flatMap(({ status, rule, message }) =>
        status === 'failed' ? [`${rule}: ${message}`] : [],
      ),
      remarks: boots.flatMap(({ able, way }) =>
        able ? [`boots as ${wayName(way, format?.bits)}`] : [],
      ),
    };
  },

  announce(unit, output, name) {
    const { elf, gz } = pathsIn(output, name);
    const [bytes, gzBytes] = [statSync(elf).size, statSync(gz).size];
    return { type: 'image-done', unit, elf, gz, bytes, gzBytes };
  },

  bootSettings: ({ memory, expect }) => ({ memory, expect }),
};
