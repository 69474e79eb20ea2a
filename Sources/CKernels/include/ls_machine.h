/// What the operating system says about this process's processors.
#ifndef LOCKSTEP_LS_MACHINE_H
#define LOCKSTEP_LS_MACHINE_H

#include <stddef.h>
#include <stdint.h>

enum { LS_PROCESSOR_WORDS = 16 };

/// Sets the bit of each processor that this process may run on; bits are numbered across all `words`. Returns how many
/// are set.
size_t ls_allowed_processors(uint64_t words[_Nonnull LS_PROCESSOR_WORDS]);

/// Like `ls_allowed_processors`, but for the processors that this process could use if it were not bound: all of the
/// machine, or of its control group.
size_t ls_usable_processors(uint64_t words[_Nonnull LS_PROCESSOR_WORDS]);

/// Tells the core that this thread spins.
static inline void ls_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/// Asks the system to use large pages for some memory that nobody has used yet. If it cannot, nothing happens.
void ls_prefer_large_pages(void *_Nonnull memory, size_t bytes);

#endif
