/// Picks one instruction set's table. Which sets a build holds is decided in the `isa_*.c` files.
#include "CKernels.h"

extern const ls_kernels ls_kernels_portable;
#if defined(__x86_64__)
extern const ls_kernels ls_kernels_avx2, ls_kernels_avx512;
#elif defined(__aarch64__)
extern const ls_kernels ls_kernels_neon;
#endif

const ls_kernels *ls_kernels_of(ls_instruction_set set) {
    switch (set) {
        case LS_PORTABLE:
            return &ls_kernels_portable;
#if defined(__x86_64__)
        case LS_AVX2:
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &ls_kernels_avx2 : NULL;
        case LS_AVX512:
            return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512vl")
                       ? &ls_kernels_avx512
                       : NULL;
#elif defined(__aarch64__)
        case LS_NEON:
            return &ls_kernels_neon;
#endif
        default:
            return NULL;
    }
}
