# What every target of the project has in common: the language, and the flags that keep a run bit-identical.
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Inlining across files is worth about a tenth of a run. The archives keep ordinary code as well, for
# whoever links the installed library with another compiler.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT EK_SANITIZE)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
    set(CMAKE_C_COMPILE_OPTIONS_IPO -flto=auto -ffat-lto-objects)
endif()

add_library(ek_flags INTERFACE)
target_compile_definitions(ek_flags INTERFACE _POSIX_C_SOURCE=200809L)
# No fused multiply-add: it changes the last bit of a double from one processor to the next.
target_compile_options(ek_flags INTERFACE -ffp-contract=off -fno-math-errno)
# gcc clears and copies what is as small as a cache line or two by string instructions, which take
# longer to start than the plain stores take altogether.
include(CheckCCompilerFlag)
set(strategy vector_loop:512:noalign,libcall:-1:noalign)
check_c_compiler_flag(-mmemset-strategy=${strategy} EK_HAS_MEMSET_STRATEGY)
if(EK_HAS_MEMSET_STRATEGY)
    target_compile_options(ek_flags INTERFACE -mmemset-strategy=${strategy} -mmemcpy-strategy=${strategy})
    target_link_options(ek_flags INTERFACE -mmemset-strategy=${strategy} -mmemcpy-strategy=${strategy})
endif()
target_include_directories(ek_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/core/include)

option(EK_STRICT "Warnings are errors" OFF)
if(EK_STRICT)
    target_compile_options(ek_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
        -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla -Wundef
        -Wformat=2 -Wcast-qual -Wwrite-strings -Wpointer-arith -Wdouble-promotion -Wnull-dereference
        -Werror)
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        target_compile_options(ek_flags INTERFACE -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
    endif()
endif()

set(EK_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
if(EK_SANITIZE)
    target_compile_options(ek_flags INTERFACE -fsanitize=${EK_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=all)
    target_link_options(ek_flags INTERFACE -fsanitize=${EK_SANITIZE})
endif()
option(EK_COVERAGE "Count executed lines" OFF)
if(EK_COVERAGE)
    target_compile_options(ek_flags INTERFACE --coverage)
    target_link_options(ek_flags INTERFACE --coverage)
endif()

# ek_library(NAME sources...): the static library ek_NAME, known to others as ek::NAME.
function(ek_library name)
    add_library(ek_${name} STATIC ${ARGN})
    add_library(ek::${name} ALIAS ek_${name})
    target_link_libraries(ek_${name} PRIVATE $<BUILD_INTERFACE:ek_flags>)
endfunction()

# The compiler does not know that cmocka's assert_non_null does not return.
add_library(ek_test_flags INTERFACE)
target_compile_options(ek_test_flags INTERFACE -Wno-null-dereference)

# ek_add_test(AREA/NOUN libraries...): tests/AREA/test_NOUN.c as one program and one ctest of that name.
function(ek_add_test name)
    string(REPLACE "/" "_" target test_${name})
    get_filename_component(noun ${name} NAME)
    add_executable(${target} test_${noun}.c)
    target_link_libraries(${target} PRIVATE ek_flags ek_test_flags ${ARGN} PkgConfig::cmocka)
    # A hundred programs need not be optimised across files, which takes seconds for each; the archives
    # hold ordinary code as well, and the linker must be told to take it.
    set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
    target_link_options(${target} PRIVATE -fno-lto)
    add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()
