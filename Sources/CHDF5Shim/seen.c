#include "seen.h"

#include <stdlib.h>
#include <unistd.h>

static bool put(uint64_t *table, size_t capacity, uint64_t entry) {
    size_t place = (size_t)(entry * 0x9E3779B97F4A7C15u >> 20) % capacity;
    while (table[place] != 0 && table[place] != entry) place = (place + 1) % capacity;
    if (table[place] == entry) return false;
    table[place] = entry;
    return true;
}

bool seen_add(struct seen *seen, uint64_t address) {
    if (2 * seen->count >= seen->capacity) {
        const size_t capacity = seen->capacity ? 2 * seen->capacity : 256;
        uint64_t *table = calloc(capacity, sizeof *table);
        if (!table) _exit(1);
        for (size_t i = 0; i < seen->capacity; i++) {
            if (seen->table[i]) put(table, capacity, seen->table[i]);
        }
        free(seen->table);
        seen->table = table;
        seen->capacity = capacity;
    }
    if (!put(seen->table, seen->capacity, address + 1)) return false;
    seen->count++;
    return true;
}
