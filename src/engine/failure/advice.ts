/** What a build can lack: each kind is declared in another way. */
export type LackKind = 'command' | 'compiler' | 'build-file' | 'header' | 'library' | 'pkgconfig';

export interface Advice {
  /** Where it is more than the pattern knew. */
  id?: `failure.${string}`;
  cause: string;
  help: string;
  /** The recipe's field that has to change. */
  field?: string;
}

/** Gives advice on what is missing, or undefined where nobody here has it. */
export type Adviser = (kind: LackKind, name: string) => Promise<Advice | undefined>;
