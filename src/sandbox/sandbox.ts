/** What one command may see and do, whichever sandbox it runs in. */

/** `none` gives the command access to the whole machine; the user has to ask for that. */
export const sandboxKinds = ['bubblewrap', 'none'] as const;
export type SandboxKind = (typeof sandboxKinds)[number];

/** A file or folder of the machine, and where the command sees it. Both paths are absolute. */
export interface Mount {
  from: string;
  at: string;
  /** Read-only when absent. */
  writable?: boolean;
}

/** The file system of a sandbox. Nothing else of the machine is in it but /proc and /dev of its own. */
export interface View {
  /** In this order, so that a later one may lie within an earlier one. */
  mounts: readonly Mount[];
  /** Symbolic links: path to target. */
  links: Readonly<Record<string, string>>;
  /** The user and the host name in it; the same for all builds when absent. */
  identity?: { uid: number; gid: number; host: string };
}

export interface SandboxedCommand {
  command: readonly string[];
  /** As the command sees it. */
  directory: string;
  /** The whole environment: nothing is inherited. */
  environment: Readonly<Record<string, string>>;
  /** Absent without a sandbox: the command sees what the machine has. */
  view?: View;
  /** The most memory that one of its processes may have for data, in bytes. */
  dataBytes?: number;
  /** The most that one file may grow to, in bytes. */
  fileBytes?: number;
  /** The most processes and threads that it may have at once. */
  processes?: number;
  /** Keeps the terminal's job control; a build must not have that. */
  interactive?: boolean;
}

/** A command as it is started. */
export interface StartedCommand {
  words: string[];
  directory: string;
  environment: Record<string, string>;
}
