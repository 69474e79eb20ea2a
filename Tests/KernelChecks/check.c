#include "check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PLACE_ELEMENTS = 1 << 17, REPORTS = 5 };

void expect(subject *subject, double received, double expected, double tolerance, const char *format, ...) {
    // The comparison is first for infinities, whose difference is NaN.
    if (received == expected || (isnan(received) && isnan(expected)) || fabs(received - expected) <= tolerance) return;
    if (++subject->wrong > REPORTS) return;
    char result[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result, sizeof result, format, arguments);
    va_end(arguments);
    printf("%s: %s: %s: expected %.9g ± %.1g, received %.9g\n", subject->set, subject->kernel, result, expected, tolerance, received);
}

double roundings(double value) { return 4e-6 * fabs(value) + 4e-7; }

/// The end of a new place.
static float *new_place(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = PLACE_ELEMENTS * sizeof(float);
    char *memory = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + size, page, PROT_NONE) != 0) {
        perror("kernel-checks");
        exit(2);
    }
    return (float *)(memory + size);
}

static float *array(size_t place, size_t count) {
    static float *ends[PLACES];
    if (place >= PLACES || count > PLACE_ELEMENTS) {
        fprintf(stderr, "kernel-checks: no place %zu for %zu elements\n", place, count);
        exit(2);
    }
    if (!ends[place]) ends[place] = new_place();
    return ends[place] - count;
}

float *blank(size_t place, size_t count) {
    float *elements = array(place, count);
    for (size_t i = 0; i < count; i++) elements[i] = NAN;
    return elements;
}

float *sample(size_t place, size_t count) {
    float *elements = array(place, count);
    uint32_t state = (uint32_t)place + 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525 + 1013904223;
        elements[i] = (float)((double)state / 0x1p30 - 2);
    }
    return elements;
}

float *copy(size_t place, size_t count, const float *from) {
    return memcpy(array(place, count), from, count * sizeof *from);
}
