/** Where a source comes from, as a recipe names it. */
export type SourceSpec =
  /** A source package of the distro; `suite` narrows the choice, the newest wins otherwise. */
  | { type: 'debian'; package: string; suite?: string }
  /** A binary package of the distro, for data only (the kernel's UAPI headers). */
  | { type: 'debian-binary'; package: string; architecture: string; suite?: string }
  | { type: 'url'; url: string; sha256: string }
  | { type: 'git'; url: string; commit: string }
  /** A folder, absolute; its content is hashed. */
  | { type: 'local'; path: string };

/** The key of a source in the lock file: `debian:zlib`, `debian-binary:linux-libc-dev:amd64`, … */
export function sourceId(spec: SourceSpec): string {
  switch (spec.type) {
    case 'debian':
      return `debian:${spec.package}${spec.suite ? `/${spec.suite}` : ''}`;
    case 'debian-binary':
      return `debian-binary:${spec.package}:${spec.architecture}${spec.suite ? `/${spec.suite}` : ''}`;
    case 'url':
      return `url:${spec.url}`;
    case 'git':
      return `git:${spec.url}`;
    case 'local':
      return `local:${spec.path}`;
    default:
      return spec satisfies never;
  }
}
