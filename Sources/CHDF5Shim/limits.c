#include "limits.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    /// What libhdf5 needs for an empty file and for its caches.
    LEAST_MEMORY = 64 << 20,
    LEAST_SECONDS = 2,
    /// Much less than any machine reads or inflates in a second.
    BYTES_A_SECOND = 10 << 20,
};

static rlim_t memory, seconds = LEAST_SECONDS;

static void set(int resource, rlim_t value) {
    struct rlimit limit;
    getrlimit(resource, &limit);
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || value < limit.rlim_max ? value : limit.rlim_max;
    setrlimit(resource, &limit);
}

static void apply(size_t bytes) {
    set(RLIMIT_CPU, seconds);
    // The limit above does not count time spent waiting. The alarm ends a child that waits for ever.
    alarm(60 + 10 * (unsigned)seconds);
#if defined(__linux__)
    set(RLIMIT_DATA, memory + bytes);
#endif
}

void ls_hdf5_limit(size_t file_size) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__)
    // The memory that the parent had already.
    unsigned long pages[6] = {0};
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        for (int i = 0; i < 6; i++) {
            if (fscanf(file, "%lu", &pages[i]) != 1) pages[i] = 0;
        }
        fclose(file);
    }
    memory = pages[5] * (rlim_t)sysconf(_SC_PAGESIZE);
#endif
    memory += LEAST_MEMORY + 4 * (rlim_t)file_size;
    seconds += file_size / BYTES_A_SECOND;
    // No other file can be opened.
    setrlimit(RLIMIT_NOFILE, &none);
    apply(0);
}

void ls_hdf5_allow(size_t bytes) {
    seconds += bytes / BYTES_A_SECOND;
    apply(bytes);
}
