# One interface target that every covnc library and program links.
find_package(Threads REQUIRED)

add_library(covnc-settings INTERFACE)
target_include_directories(covnc-settings INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/covnc>)
target_compile_features(covnc-settings INTERFACE cxx_std_20)
target_link_libraries(covnc-settings INTERFACE Threads::Threads)

set(common_warnings
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough
  -Wextra-semi -Wswitch-enum -Wundef -Wcast-qual -Wdouble-promotion)
set(gcc_warnings -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wsuggest-override)
# These reach only our own code: users of the installed library do not inherit them.
target_compile_options(covnc-settings INTERFACE
  "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:${common_warnings}>>"
  "$<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:CXX,GNU>:${gcc_warnings}>>"
  "$<BUILD_INTERFACE:$<$<BOOL:${COVNC_WARNINGS_AS_ERRORS}>:-Werror>>")

if(COVNC_SANITIZE)
  # ASan at -O1 keeps stacks readable and tests fast; -fno-sanitize=function because
  # clang 14 and later reject coroutine functions there.
  set(sanitize_flags -fsanitize=${COVNC_SANITIZE} -fno-omit-frame-pointer -O1)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND COVNC_SANITIZE MATCHES "undefined")
    list(APPEND sanitize_flags -fno-sanitize=function)
  endif()
  if(COVNC_SANITIZE MATCHES "undefined")
    # The vptr check opens a pipe to look at an object. In a process that has run out of
    # descriptors, which a test brings about, it calls every object invalid.
    list(APPEND sanitize_flags -fno-sanitize-recover=undefined -fno-sanitize=vptr)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND COVNC_SANITIZE MATCHES "thread")
    # g++ 12 takes the room of short strings for all that strings have.
    list(APPEND sanitize_flags -Wno-error=array-bounds)
  endif()
  add_compile_options(${sanitize_flags})
  add_link_options(${sanitize_flags})
  add_compile_definitions(COVNC_SANITIZED=1)
endif()
if(COVNC_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# covnc_library(NAME dependencies...): all *.cpp of the calling folder, sub-folders included.
function(covnc_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC covnc-settings ${ARGN})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# covnc_precompile(TARGET headers...): read once for all its files, with -DCOVNC_PRECOMPILE=ON. Saves a
# third of a build from scratch; for ccache it needs the sloppiness that tools/test sets.
function(covnc_precompile target)
  if(COVNC_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)
  endif()
endfunction()
