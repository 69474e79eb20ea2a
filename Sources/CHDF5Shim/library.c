#include <pthread.h>
#include <stdio.h>

#include "shim.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void ls_hdf5_lock(void) { pthread_mutex_lock(&mutex); }
void ls_hdf5_unlock(void) { pthread_mutex_unlock(&mutex); }

struct cause {
    char *text;
    size_t capacity;
};

static herr_t take(unsigned position, const H5E_error2_t *error, void *context) {
    const struct cause *cause = context;
    if (position == 0) snprintf(cause->text, cause->capacity, "%s", error->desc ? error->desc : "");
    return 0;
}

void ls_hdf5_cause(char *text, size_t capacity) {
    struct cause cause = {text, capacity};
    text[0] = 0;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, &cause);
}
