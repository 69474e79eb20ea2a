#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ls_machine.h"

size_t ls_allowed_processors(uint64_t words[LS_PROCESSOR_WORDS]) {
    memset(words, 0, LS_PROCESSOR_WORDS * sizeof *words);
    size_t count = 0;
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (size_t cpu = 0; cpu < LS_PROCESSOR_WORDS * 64 && cpu < CPU_SETSIZE; cpu++) {
            if (CPU_ISSET(cpu, &set)) {
                words[cpu / 64] |= UINT64_C(1) << (cpu % 64);
                count++;
            }
        }
    }
#endif
    if (count == 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        for (; count < (size_t)(online > 0 ? online : 1) && count < LS_PROCESSOR_WORDS * 64; count++) {
            words[count / 64] |= UINT64_C(1) << (count % 64);
        }
    }
    return count;
}

size_t ls_usable_processors(uint64_t words[LS_PROCESSOR_WORDS]) {
#if defined(__linux__)
    // A thread that asks for every processor gets those of its control group. Then it takes its own processors again.
    cpu_set_t own, every;
    memset(&every, 0xFF, sizeof every);
    if (sched_getaffinity(0, sizeof own, &own) == 0 && sched_setaffinity(0, sizeof every, &every) == 0) {
        const size_t count = ls_allowed_processors(words);
        sched_setaffinity(0, sizeof own, &own);
        return count;
    }
#endif
    return ls_allowed_processors(words);
}

void ls_prefer_large_pages(void *memory, size_t bytes) {
#if defined(MADV_HUGEPAGE)
    madvise(memory, bytes, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}
