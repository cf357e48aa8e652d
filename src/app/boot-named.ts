import { type BootOptions, type BootResult, bootImage } from '../lab/boot-image.js';
import { hypervisorFinder, type NamedImage, resolveImage, resolveProgram } from './named-image.js';
import type { Session } from './session.js';

/** What is booted: an image by its file or its recipe, or a program of a recipe's output. */
export interface BootSubject {
  name: string;
  /** The program's name, or its path in the output. */
  program?: string;
  /** Of an image or program that is named by its recipe. */
  architecture?: string;
}

/** All that differs from what the recipe says, and from the lab's defaults. */
export type BootChoices = Partial<Omit<BootOptions, 'image' | 'findHypervisor'>> & {
  under: BootOptions['under'];
};

/**
 * Boots what the user named. Resolves whatever the guest does; throws UserError when there is no such
 * image, or when it cannot be booted at all.
 */
export async function bootNamed(
  session: Session,
  { name, program, architecture }: BootSubject,
  choices: BootChoices,
): Promise<BootResult> {
  const image =
    program === undefined
      ? await resolveImage(session, name, architecture)
      : await resolveProgram(session, name, program, architecture);
  return bootResolved(session, image, choices);
}

/** Boots an image that was found, with what its recipe says where `choices` does not. */
export function bootResolved(
  session: Session,
  { file, settings }: NamedImage,
  choices: BootChoices,
): Promise<BootResult> {
  const expect = choices.expect ?? (settings?.expect && parsedPattern(settings.expect));
  return bootImage(
    {
      ...choices,
      image: file,
      memory: choices.memory ?? settings?.memory,
      expect: expect || undefined,
      findHypervisor: hypervisorFinder(session),
    },
    session,
  );
}

/** The pattern of a recipe, which its checks have compiled before. */
const parsedPattern = (text: string) => new RegExp(text);
