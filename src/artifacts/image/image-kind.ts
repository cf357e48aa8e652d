import { basename, dirname, join, resolve } from 'node:path';
import type { ImagePacker } from '../../engine/engine.js';
import { UserError } from '../../util/diagnostic.js';
import { wayName } from './verify/verification-report.js';
import { verifyImage } from './verify/verify-image.js';
import { writeImage } from './write-image.js';

/** Raised when the same program and files are packed into another image than before. */
export const packingVersion = '2';

/**
 * The date of every file in every image: one that depends on nothing, so that an image changes only
 * when what is in it changes.
 */
const imageDate = 946684800;

/**
 * Packs the image of a recipe as `boot/<name>.elf` and `boot/<name>.gz`, and holds it against the
 * whole image contract: an image that breaks a rule is not kept.
 */
export const packUnitImage: ImagePacker = async ({ unit, dest, outputOf, log, signal }) => {
  const { name, file, image } = unit.recipe;
  if (!image) throw new Error(`the recipe ${name} tells of no image`);
  const program = join(outputOf(image.program.recipe), image.program.file);
  const written = await writeImage({
    program,
    files: image.files.map(({ from, to, recipe, mode }) => ({
      sourcePath: recipe ? join(outputOf(recipe), from) : resolve(dirname(file), from),
      guestPath: to,
      mode,
    })),
    // The recipe names what comes after the program's own name, as one types it in a shell.
    arguments: [basename(image.program.file), ...image.arguments],
    date: imageDate,
    directory: join(dest, 'boot'),
    name,
    signal,
  });
  log(`${written.elf}: ${written.bytes} bytes`);
  log(`${written.gz}: ${written.gzBytes} bytes`);

  const verification = await verifyImage(written.gz, 'stubdom');
  const failures = verification.findings.filter((finding) => finding.status === 'failed');
  for (const finding of failures) log(`verify: ${finding.rule}: ${finding.message}`);
  for (const boot of verification.boots) {
    if (boot.able) log(`verify: boots as ${wayName(boot.way, verification.format?.bits)}`);
  }
  if (failures.length > 0) {
    throw new UserError({
      message: `the image ${name} breaks the image contract`,
      details: failures.map((finding) => `${finding.rule}: ${finding.message}`),
    });
  }
};
