say() { printf '%s\n' "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}

# The text on standard input with this run's folder and number of jobs in it. The folder's name holds
# nothing that sed or a shell would take for anything else.
fill() { sed "s|@STUBFORGE_WORK@|$work|g; s|@STUBFORGE_JOBS@|$jobs|g"; }

# write MODE PATH: a file with what comes on standard input.
write() {
  mkdir -p "${2%/*}"
  cat >"$2"
  chmod "$1" "$2"
}

# Gives all files of the source the same date, so that make sees none as older than another.
date_source() { find "$source" -exec touch -h -d @946684800 {} +; }

# check_compiler COMMAND VERSION: the flags and answers below were made for this compiler.
check_compiler() {
  [ -x "$1" ] || die "$1 is not installed"
  found=$("$1" --version | head -n 1)
  [ "$found" = "$2" ] || die "$1 is '$found'; this script was made for '$2'"
}

# source_file NAME SHA256: sets `file` to the path of a source's file, after a look at its content.
source_file() {
  file=$(find -L "$sources" -type f -name "$1" | head -n 1)
  [ -n "$file" ] || die "$sources holds no file $1"
  sum=$(sha256sum "$file")
  [ "${sum%% *}" = "$2" ] || die "$file has the SHA-256 ${sum%% *}, not $2"
}

# begin UNIT ID: true where the unit has to be built; then its folders are empty and named by unit,
# root, source, build and dest. An id is of the unit's own section and of those that it builds upon.
begin() {
  unit=$1
  id=$2
  if [ -e "$work/out/$unit.$id" ]; then
    say "$unit: built before"
    return 1
  fi
  say "$unit"
  root=$work/build/$unit
  source=$root/source
  build=$root/build
  dest=$root/dest
  log=$work/logs/$unit.log
  # Some sources come with folders that their owner may not write.
  if [ -e "$root" ]; then chmod -R u+w "$root"; fi
  rm -rf "$root" "$work/out/$unit"*
  mkdir -p "$build" "$dest" "$root/home" "$root/sysroot" "$root/tools" "$work/out" "$work/logs" ||
    die "$unit: its folders cannot be made"
  : >"$log"
}

# Unpacking; each makes $source.
unpack_source_package() {
  dpkg-source --no-copy --no-check -x "$root/files/$1" "$source" >>"$log" 2>&1 ||
    die "dpkg-source could not unpack $1; see $log"
  rm -rf "$root/files"
}
unpack_binary_package() {
  mkdir "$source"
  dpkg-deb --fsys-tarfile "$file" >"$root/package.tar"
  tar -xf "$root/package.tar" -C "$source" --no-same-owner --no-same-permissions
  rm "$root/package.tar"
}
unpack_archive() {
  mkdir "$root/archive"
  tar -xf "$file" -C "$root/archive" --no-same-owner --no-same-permissions
  # Where all lies in one folder, that is the source.
  set -- "$root/archive/"* "$root/archive/".[!.]*
  if [ -d "$1" ] && [ "$(find "$root/archive" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]; then
    mv "$1" "$source"
    rmdir "$root/archive"
  else
    mv "$root/archive" "$source"
  fi
}

# The patch on standard input, applied to the source.
patch_source() {
  cat >"$root/patch"
  (cd "$source" && patch -p1 --batch --forward --no-backup-if-mismatch -i "$root/patch") \
    >>"$log" 2>&1 || die "$unit: a patch does not apply; see $log"
}

# patch_config_sub PATH: the same for a config.sub, whose date stays.
patch_config_sub() {
  touch -r "$source/$1" "$root/date"
  patch_source
  touch -r "$root/date" "$source/$1"
}

# see FOLDER UNIT...: lays outputs into a sysroot, or into the folder of tools.
see() {
  folder=$1
  shift
  mkdir -p "$folder"
  for each; do cp -RPpf "$work/out/$each/." "$folder/"; done
}

# The environment of all phases of the unit, as assignments on standard input.
environment() { fill >"$root/environment"; }

# phase NAME FOLDER JOBS: runs the script on standard input in the unit's environment and nothing
# else of it. JOBS is make or ninja where that tool is to run several jobs.
phase() {
  say "$unit: $1"
  script=$(fill)
  case $3 in
    make) set -- "$1" "$2" "MAKEFLAGS=-j$jobs" ;;
    ninja) set -- "$1" "$2" "NINJAFLAGS=-j$jobs" ;;
    *) set -- "$1" "$2" "LC_ALL=C" ;;
  esac
  printf '=== %s\n' "$1" >>"$log"
  env -i "$3" /bin/sh -c '. "$1" && cd "$2" && exec /bin/sh -euc "$3"' \
    sh "$root/environment" "$2" "$script" </dev/null >>"$log" 2>&1 || {
    status=$?
    tail -n 30 "$log" >&2
    die "$unit: phase $1 ended with $status; see $log"
  }
}

# promised PATH...: one of these must have been installed.
promised() {
  for each; do if [ -e "$dest/$each" ]; then return; fi; done
  die "$unit did not install $1"
}

# finish KIND: leaves out what misleads dependents, and hands the output over.
finish() {
  for each in man info doc locale; do rm -rf "$dest/usr/share/$each"; done
  rm -f "$dest/usr/lib/"*.la
  if [ "$1" = library ]; then
    # Libraries are linked without the kernel, so that a program among them would do nothing.
    find "$dest" -type f -size +17c | while IFS= read -r each; do
      case $(od -An -tx1 -N18 "$each" | tr -d ' \n') in
        7f454c46????????????????????????0200) rm "$each" ;;
      esac
    done
  fi
  find "$dest" -type d -exec chmod 755 {} +
  find "$dest" -type f -perm -100 -exec chmod 555 {} +
  find "$dest" -type f ! -perm -100 -exec chmod 444 {} +
  mv "$dest" "$work/out/$unit"
  : >"$work/out/$unit.$id"
  chmod -R u+w "$root"
  rm -rf "$root"
}

# image NAME PROGRAM WORD...: packs an image; the words are for pack-image.
image() {
  image_name=$1
  program=$2
  shift 2
  mkdir -p "$dest/boot"
  perl "$work/pack-image" "$program" "$dest/boot/$image_name.elf" "$@"
  # Without name and time in it.
  gzip -8n <"$dest/boot/$image_name.elf" >"$dest/boot/$image_name.gz"
  chmod 755 "$dest/boot/$image_name.elf"
}

# expect_file PATH SHA256: compares with what stubforge had built when it wrote this script.
expect_file() {
  sum=$(sha256sum "$1")
  [ "${sum%% *}" = "$2" ] || die "$1 is not what stubforge built: its SHA-256 is ${sum%% *}, not $2"
}
