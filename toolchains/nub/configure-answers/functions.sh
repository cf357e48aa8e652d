# For the scripts beside it: what several of them do.

# The questions of a list, without its comments.
questions() { sed -e '/^#/d' -e '/^$/d' "questions/$1"; }

# For awk: a name as autoconf makes it part of a variable.
variable='
  function variable(name) {
    gsub(/\*/, "p", name)
    gsub(/[^A-Za-z0-9_]/, "_", name)
    return name
  }
'
