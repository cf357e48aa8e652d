/**
 * The commands that every build may use without declaring them: POSIX's shell and utilities as in the
 * distro's essential packages, and unpackers.
 */
export const baseCommands: readonly string[] = [
  // Shells.
  ...['sh', 'dash', 'bash'],
  // GNU coreutils.
  ...['[', 'arch', 'b2sum', 'base32', 'base64', 'basename', 'basenc', 'cat', 'chgrp', 'chmod'],
  ...['chown', 'cksum', 'comm', 'cp', 'csplit', 'cut', 'date', 'dd', 'df', 'dir', 'dircolors'],
  ...['dirname', 'du', 'echo', 'env', 'expand', 'expr', 'factor', 'false', 'fmt', 'fold', 'groups'],
  ...['head', 'hostid', 'id', 'install', 'join', 'link', 'ln', 'logname', 'ls', 'md5sum', 'mkdir'],
  ...['mkfifo', 'mknod', 'mktemp', 'mv', 'nice', 'nl', 'nohup', 'nproc', 'numfmt', 'od', 'paste'],
  ...['pathchk', 'pr', 'printenv', 'printf', 'ptx', 'pwd', 'readlink', 'realpath', 'rm', 'rmdir'],
  ...[
    'seq',
    'sha1sum',
    'sha224sum',
    'sha256sum',
    'sha384sum',
    'sha512sum',
    'shred',
    'shuf',
    'sleep',
  ],
  ...['sort', 'split', 'stat', 'stdbuf', 'stty', 'sum', 'sync', 'tac', 'tail', 'tee', 'test'],
  ...['timeout', 'touch', 'tr', 'true', 'truncate', 'tsort', 'tty', 'uname', 'unexpand', 'uniq'],
  ...['unlink', 'vdir', 'wc', 'whoami', 'yes'],
  // Text.
  ...['sed', 'grep', 'egrep', 'fgrep', 'awk', 'find', 'xargs', 'diff', 'diff3', 'sdiff', 'cmp'],
  ...['patch', 'rev'],
  // Archives and compression.
  ...['tar', 'gzip', 'gunzip', 'zcat', 'xz', 'unxz', 'xzcat', 'bzip2', 'bunzip2', 'bzcat'],
  // The system.
  ...['getconf', 'getent', 'getopt', 'hostname', 'iconv', 'locale', 'flock', 'which', 'tempfile'],
];
