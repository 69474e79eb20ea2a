/// Tries every kernel of every instruction set that this machine has, and the code of AVX-512 compiled for AVX2. Prints a line for each
/// set, and the first wrong results of each kernel; exits with 1 if there are any.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"

static const struct {
    const char *kernel;
    void (*check)(subject *);
} checks[] = {
#define LIST(KERNEL) {#KERNEL, check_##KERNEL},
    EACH_KERNEL(LIST)
#undef LIST
};
enum { CHECKS = sizeof checks / sizeof *checks };

_Static_assert(offsetof(ls_kernels, pack_rows) + CHECKS * sizeof(void (*)(void)) == sizeof(ls_kernels),
               "a kernel of the table has no check: name it in EACH_KERNEL");

#if defined(__x86_64__)
extern const ls_kernels wide_kernels;
#endif

/// What runs, for the handler of a signal, which is given no argument of ours.
static subject running;

static void beyond_the_end(int signal) {
    (void)signal;
    printf("%s: %s: read or wrote beyond an array's end\n", running.set, running.kernel);
    fflush(stdout);
    _exit(1);
}

/// How many kernels of the set are wrong.
static size_t wrong_kernels(const char *set, const ls_kernels *kernels) {
    size_t wrong = 0;
    for (size_t i = 0; i < CHECKS; i++) {
        running = (subject){.kernels = kernels, .set = set, .kernel = checks[i].kernel};
        checks[i].check(&running);
        if (running.wrong > 0) {
            printf("%s: %s: %zu wrong results\n", set, running.kernel, running.wrong);
            wrong++;
        }
    }
    printf("%s: %d kernels, %zu wrong\n", set, CHECKS, wrong);
    return wrong;
}

int main(void) {
    static const struct {
        const char *name;
        ls_instruction_set set;
    } sets[] = {{"portable", LS_PORTABLE}, {"neon", LS_NEON}, {"avx2", LS_AVX2}, {"avx512", LS_AVX512}};
    signal(SIGSEGV, beyond_the_end);
    signal(SIGBUS, beyond_the_end);
    size_t wrong = 0;
    EACH(candidate, sets) {
        const ls_kernels *kernels = ls_kernels_of(candidate->set);
        if (kernels) wrong += wrong_kernels(candidate->name, kernels);
    }
#if defined(__x86_64__)
    if (ls_kernels_of(LS_AVX2)) wrong += wrong_kernels("avx512 for avx2", &wide_kernels);
#endif
    return wrong > 0;
}
