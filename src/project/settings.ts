/**
 * The variables of the environment by which users set stubforge up. An empty one counts as unset. Those on
 * which a plan depends are also in `situation` of `app/unchanged-answer.ts`.
 */
export const settings = {
  /** Where the state lies. */
  get home() {
    return process.env.STUBFORGE_HOME || undefined;
  },
  /** A folder that stands in for the network. */
  get mirror() {
    return process.env.STUBFORGE_MIRROR || undefined;
  },
  /** What encloses builds where no option says so. */
  get sandbox() {
    return process.env.STUBFORGE_SANDBOX || undefined;
  },
  /** What guests run under where no option says so. */
  get accelerator() {
    return process.env.STUBFORGE_ACCEL || undefined;
  },
  /** The same as --debug. */
  get debug() {
    return !['', '0', undefined].includes(process.env.STUBFORGE_DEBUG);
  },
};
