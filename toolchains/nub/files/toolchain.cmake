# For cmake -DCMAKE_TOOLCHAIN_FILE=…; finds its prefix by its own place. The answers that were found by
# asking the toolchain are a file for cmake -C.
get_filename_component(_stubforge_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

# The libc and the system calls are Linux's, and projects choose their code by UNIX and by this name;
# CMake's Generic, meant for machines without an operating system, would leave out threads.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR @CPU@)

if(DEFINED ENV{STUBFORGE_SYSROOT})
  set(CMAKE_SYSROOT "$ENV{STUBFORGE_SYSROOT}")
else()
  set(CMAKE_SYSROOT "${_stubforge_prefix}/@TRIPLE@/sysroot")
endif()

set(_stubforge_tool "${_stubforge_prefix}/bin/@TRIPLE@-")
set(CMAKE_C_COMPILER "${_stubforge_tool}gcc")
set(CMAKE_ASM_COMPILER "${_stubforge_tool}gcc")
set(CMAKE_AR "${_stubforge_tool}ar" CACHE FILEPATH "")
set(CMAKE_LINKER "${_stubforge_tool}ld" CACHE FILEPATH "")
set(CMAKE_NM "${_stubforge_tool}nm" CACHE FILEPATH "")
set(CMAKE_OBJCOPY "${_stubforge_tool}objcopy" CACHE FILEPATH "")
set(CMAKE_OBJDUMP "${_stubforge_tool}objdump" CACHE FILEPATH "")
set(CMAKE_RANLIB "${_stubforge_tool}ranlib" CACHE FILEPATH "")
set(CMAKE_READELF "${_stubforge_tool}readelf" CACHE FILEPATH "")
set(CMAKE_STRIP "${_stubforge_tool}strip" CACHE FILEPATH "")
set(PKG_CONFIG_EXECUTABLE "${_stubforge_tool}pkg-config" CACHE FILEPATH "")

# What CMake would read from the compiler's own words on its folders, if it compiled anything to ask
# for them; with the answers it need not.
set(CMAKE_C_IMPLICIT_INCLUDE_DIRECTORIES "${CMAKE_SYSROOT}/usr/include" "@COMPILER_DIR@/include")
set(CMAKE_C_IMPLICIT_LINK_LIBRARIES c gcc)
set(CMAKE_C_IMPLICIT_LINK_DIRECTORIES
  "${_stubforge_prefix}/lib/gcc/@TRIPLE@" "${CMAKE_SYSROOT}/usr/lib")

# Projects enable C++ by habit without compiling any; only a real C++ source shall fail.
set(CMAKE_CXX_COMPILER "${_stubforge_tool}g++")
set(CMAKE_CXX_COMPILER_FORCED TRUE)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# The user's package registry knows the build machine's packages.
set(CMAKE_FIND_USE_PACKAGE_REGISTRY OFF)

set(BUILD_SHARED_LIBS OFF CACHE BOOL "There are no shared libraries on @ARCHITECTURE@")
