import { resolve } from 'node:path';
import { verifyImage } from '../artifacts/image/verify/verify-image.js';
import { type XlConfig, xlConfig } from '../artifacts/image/xl-config.js';
import { UserError } from '../util/diagnostic.js';
import { resolveImage } from './named-image.js';
import type { Session } from './session.js';

export interface XlConfigChoices {
  /** Of an image that is named by its recipe. */
  architecture?: string;
  /** Where dom0 will have the image; where it is now when absent. */
  path?: string;
  /** In bytes, instead of what the recipe says. */
  memory?: number;
}

/** The lines of xl.cfg for an image, by its file or recipe. Throws UserError for what xl could not start. */
export async function imageXlConfig(
  session: Session,
  name: string,
  { architecture, path, memory }: XlConfigChoices,
): Promise<XlConfig> {
  const { file, settings } = await resolveImage(session, name, architecture);
  const { format, boots, findings } = await verifyImage(file);
  const reasons = (rules: readonly string[]) =>
    findings
      .filter(({ rule, status }) => rules.includes(rule) && status !== 'passed')
      .map(({ rule, summary, message }) => `${rule}: ${message ?? summary}`);
  const pv = boots.find(({ way }) => way === 'xen-pv');
  if (!format) {
    throw new UserError({
      id: 'image.unreadable',
      message: `${file} cannot be read as an image`,
      details: reasons(pv?.because ?? []),
    });
  }
  if (!pv?.able) {
    throw new UserError({
      id: 'image.not-a-stubdomain',
      message: `${file} cannot be a stub domain: xl starts these as PV guests, which it cannot be`,
      details: reasons(pv?.because ?? []),
      help: `see all that it lacks: stubforge verify --profile xen-pv ${file}`,
    });
  }
  const kernel = path ?? resolve(file);
  if (/["\n]/.test(kernel)) {
    throw new UserError({
      id: 'image.unwritable-path',
      message: `xl.cfg has no way to write the path ${JSON.stringify(kernel)}`,
      help: 'name the path where dom0 will have the image: --path FILE',
    });
  }
  return xlConfig({ kernel, bits: format.bits, memory: memory ?? settings?.memory });
}
