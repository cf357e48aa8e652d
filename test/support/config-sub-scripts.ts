/**
 * Small config.sub scripts of the three structures that there are. They understand three processors
 * and a few systems, in the way in which the real ones do.
 */
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemsOfTriples } from '../../src/configsub/target-system.js';

export const stubdoms = systemsOfTriples(['x86_64-xen-stubdom', 'i686-xen-stubdom']);

const header = (timestamp: string | undefined) => `#! /bin/sh
# Configuration validation subroutine, a small one.
${timestamp ? `timestamp='${timestamp}'\n` : ''}
# Comments may say: in case of doubt, esac comes last.
case $# in
  1) ;;
  *) echo "one name" >&2
     exit 1 ;;
esac
`;

/** `machines` are the processors that it knows. */
export const dashed = (timestamp?: string, machines = 'x86_64 | i[3-7]86 | vax') => `${header(
  timestamp,
)}
basic_machine=\`echo $1 | sed 's/-[^-]*$//'\`
if [ $basic_machine != $1 ]
then os=\`echo $1 | sed 's/.*-/-/'\`
else os=; fi
case $os in
	-sun | -dec)
		os=
		basic_machine=$1
		;;
esac
case $basic_machine in
	${machines})
		basic_machine=$basic_machine-unknown
		;;
	${machines
    .split(' | ')
    .map((machine) => `${machine}-*`)
    .join(' | ')})
		;;
	*)
		echo Invalid configuration \\\`$1\\': machine \\\`$basic_machine\\' not recognized 1>&2
		exit 1
		;;
esac
if [ x"$os" != x"" ]
then
case $os in
	-svr4*)
		os=-sysv4
		;;
	-gnu* | -aix* | -netbsd* \\
	      | -hpux* | -sysv* | -linux-gnu*)
		;;
	-qnx*)
		case $basic_machine in
		    i*86-*)
			;;
		    *)
			os=-nto$os
			;;
		esac
		;;
	-linux*)
		os=\`echo $os | sed -e 's|linux|linux-gnu|'\`
		;;
	*)
		os=\`echo $os | sed 's/[^-]*-//'\`
		echo Invalid configuration \\\`$1\\': system \\\`$os\\' not recognized 1>&2
		exit 1
		;;
esac
else
case $basic_machine in
	*-dec)
		os=-ultrix
		;;
	*)
		os=-none
		;;
esac
fi
case $os in
	-aix*)
		vendor=ibm
		;;
esac
echo $basic_machine$os
`;

const split = `
IFS="-" read field1 field2 field3 <<EOF
$1
EOF
basic_machine=$field1-$field2
cpu=$field1
vendor=$field2
os=$field3
case $cpu-$vendor in
	cris-*)
		vendor=axis
		;;
	*)
		case $cpu in
			x86_64 | i[3-7]86 | vax)
				;;
			*)
				echo Invalid configuration \\\`"$1"\\': machine \\\`"$cpu-$vendor"\\' not recognized 1>&2
				exit 1
				;;
		esac
		;;
esac
`;

export const plain = `${header('2019-06-30')}${split}
case $os in
	solaris)
		os=solaris2
		;;
	gnu* | aix* | netbsd* | hpux* \\
	     | solaris* | elf*)
		;;
	*)
		echo Invalid configuration \\\`"$1"\\': system \\\`"$os"\\' not recognized 1>&2
		exit 1
		;;
esac
echo "$cpu-$vendor-$os"
exit
`;

export const kernel = `${header('2022-01-03')}${split}
kernel=
case $os in
	solaris)
		os=solaris2
		;;
	*)
		# Whether it is valid is decided below.
		;;
esac
case $os in
	musl* | newlib*)
		;;
	gnu* | aix* | netbsd* | hpux* \\
	     | solaris* | elf* )
		;;
	*)
		echo Invalid configuration \\\`"$1"\\': OS \\\`"$os"\\' not recognized 1>&2
		exit 1
		;;
esac
case $kernel-$os in
	-musl* | -newlib* )
		echo "Invalid configuration \\\`$1': libc \\\`$os' needs explicit kernel." 1>&2
		exit 1
		;;
	-*)
		;;
esac
echo "$cpu-$vendor-\${kernel:+$kernel-}$os"
exit
`;

/** As copies are since 2023: one pattern a line, an arm for no system, and an object format. */
export const withObject = kernel
  .replace(
    /echo Invalid.*OS.*/,
    () => `echo "Invalid configuration '$1': OS '$os' not recognized" 1>&2`,
  )
  .replace(
    'gnu* | aix* | netbsd* | hpux* \\\n\t     | solaris*',
    'aix* \\\n\t| gnu* \\\n\t| hpux* \\\n\t| netbsd* \\\n\t| solaris*',
  )
  .replace('\tmusl* |', "\t'')\n\t\texit 1\n\t\t;;\n\tmusl* |")
  .replace('case $kernel-$os in', 'case $kernel-$os-$obj in')
  .replace('2022-01-03', '2024-05-27');

/** Hands on to the script beside it, as GMP's does. */
export const wrapper = `#! /bin/sh
# Validates and canonicalizes, with a processor of its own.
real="\`echo \\"$0\\" | sed 's/config.sub$/configfsf.sub/'\`"
case "$1" in
athlon-*)
  answer=\`sh $real "\\\`echo $1 | sed s/athlon/i686/\\\`"\` || exit 1
  echo "$answer" | sed s/i686/athlon/ ;;
*)
  sh $real "$1" || exit 1 ;;
esac
`;

export const guess = (timestamp: string, answer = 'echo x86_64-pc-linux-gnu') => `#! /bin/sh
# Attempt to guess a canonical system name, by less than it takes.
timestamp='${timestamp}'
UNAME_MACHINE=\`uname -m\`
UNAME_SYSTEM=\`uname -s\`
${answer}
`;

/** A fixed past, so that a changed time shows. */
export const past = new Date('2003-04-05T06:07:08Z');

/** Writes files into a folder of the running test and gives its path. */
export async function treeOf(files: Record<string, string | Uint8Array>, mode = 0o644) {
  const tree = await mkdtemp(join(tmpdir(), 'stubforge-test-'));
  onTestFinished(() => rm(tree, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const file = join(tree, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await chmod(file, mode);
    await utimes(file, past, past);
  }
  return tree;
}
