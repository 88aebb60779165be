// For loops over pixels that the compiler turns into vector instructions: with COVNC_VECTORIZED in
// front of a function it makes one for AVX2 besides, which is taken at run time where the processor
// has it. Both give the same results. Nothing under sanitizers, whose start-up comes too late for
// the choice, and on other processors.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) &&    \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COVNC_VECTORIZED __attribute__((target_clones("avx2", "default")))
#else
#define COVNC_VECTORIZED
#endif
