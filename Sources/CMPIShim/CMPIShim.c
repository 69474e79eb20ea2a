#if defined(__linux__)
#define _DEFAULT_SOURCE
#endif
#include "CMPIShim.h"

#ifdef LOCKSTEP_MPI

#include <limits.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ls_mpi {
    MPI_Comm communicator;
    int rank, size;
};

/// The most elements of one call.
enum { PART = INT_MAX / 2 };

/// Runs `CALL` for each part of at most PART elements: `start` is the first, `part` how many.
#define EACH_PART(CALL)                                                    \
    size_t start = 0;                                                      \
    int code = MPI_SUCCESS;                                                \
    do {                                                                   \
        const int part = (int)(count - start < PART ? count - start : PART); \
        code = CALL;                                                       \
        start += (size_t)part;                                             \
    } while (start < count && code == MPI_SUCCESS);                        \
    return code

static ls_mpi_exit tell_exit;

static void leave(int status) {
    int is_finalized = 0;
    if (MPI_Finalized(&is_finalized) != MPI_SUCCESS || is_finalized) return;
    tell_exit(status, false);
    if (status != 0) return;
    MPI_Finalize();
    tell_exit(status, true);
}

#if defined(__GLIBC__)
static void leave_with(int status, void *unused) {
    (void)unused;
    leave(status);
}
#else
static void leave_well(void) { leave(0); }
#endif

int ls_mpi_initialize(ls_mpi **mpi, ls_mpi_exit at_exit) {
    int provided = 0;
    int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
    if (code != MPI_SUCCESS) return code;
    tell_exit = at_exit;
#if defined(__GLIBC__)
    on_exit(leave_with, NULL);
#else
    atexit(leave_well);
#endif
    ls_mpi *result = calloc(1, sizeof *result);
    if (!result) return MPI_ERR_NO_MEM;
    if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &result->communicator)) == MPI_SUCCESS &&
        (code = MPI_Comm_set_errhandler(result->communicator, MPI_ERRORS_RETURN)) == MPI_SUCCESS &&
        (code = MPI_Comm_rank(result->communicator, &result->rank)) == MPI_SUCCESS &&
        (code = MPI_Comm_size(result->communicator, &result->size)) == MPI_SUCCESS) {
        *mpi = result;
    } else {
        free(result);
    }
    return code;
}

int ls_mpi_rank(const ls_mpi *mpi) { return mpi->rank; }
int ls_mpi_size(const ls_mpi *mpi) { return mpi->size; }

static void copy_text(char *to, size_t capacity, const char *from) {
    if (capacity == 0) return;
    strncpy(to, from, capacity - 1);
    to[capacity - 1] = 0;
}

void ls_mpi_host(char *text, size_t capacity) {
    char name[MPI_MAX_PROCESSOR_NAME] = "unknown";
    int length = 0;
    MPI_Get_processor_name(name, &length);
    copy_text(text, capacity, name);
}

void ls_mpi_library(char *text, size_t capacity) {
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "MPI";
    int length = 0;
    MPI_Get_library_version(version, &length);
    copy_text(text, capacity, version);
}

bool ls_mpi_setting(const char *name, char *text, size_t capacity) {
    copy_text(text, capacity, "");
    // Initialized once and never finalized, because it makes the library look through all its components.
    static bool is_begun = false;
    int provided = 0, index = 0, count = 0, verbosity, binding, scope;
    if (!is_begun && MPI_T_init_thread(MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS) return false;
    is_begun = true;
    const bool is_known = MPI_T_cvar_get_index(name, &index) == MPI_SUCCESS;
    MPI_T_cvar_handle handle;
    if (is_known && MPI_T_cvar_handle_alloc(index, NULL, &handle, &count) == MPI_SUCCESS) {
        MPI_Datatype type = MPI_DATATYPE_NULL;
        MPI_T_enum values;
        char *value = calloc((size_t)count + 1, 16);  // room for the largest kind of element, and a closing zero
        if (value && MPI_T_cvar_read(handle, value) == MPI_SUCCESS &&
            MPI_T_cvar_get_info(index, NULL, NULL, &verbosity, &type, &values, NULL, NULL, &binding, &scope) == MPI_SUCCESS) {
            if (type == MPI_CHAR) copy_text(text, capacity, value);
            if (type == MPI_C_BOOL) copy_text(text, capacity, *value ? "true" : "false");
        }
        free(value);
        MPI_T_cvar_handle_free(&handle);
    }
    return is_known;
}

void ls_mpi_error_text(int code, char *text, size_t capacity) {
    char message[MPI_MAX_ERROR_STRING] = "unknown error";
    int length = 0;
    MPI_Error_string(code, message, &length);
    copy_text(text, capacity, message);
}

int ls_mpi_barrier(ls_mpi *mpi) { return MPI_Barrier(mpi->communicator); }

int ls_mpi_broadcast(ls_mpi *mpi, void *bytes, size_t count, int root) {
    EACH_PART(MPI_Bcast((char *)bytes + start, part, MPI_BYTE, root, mpi->communicator));
}

int ls_mpi_sum_floats(ls_mpi *mpi, float *values, size_t count) {
    EACH_PART(MPI_Allreduce(MPI_IN_PLACE, values + start, part, MPI_FLOAT, MPI_SUM, mpi->communicator));
}

int ls_mpi_sum_doubles(ls_mpi *mpi, double *values, size_t count) {
    EACH_PART(MPI_Allreduce(MPI_IN_PLACE, values + start, part, MPI_DOUBLE, MPI_SUM, mpi->communicator));
}

int ls_mpi_gather(ls_mpi *mpi, const void *part, const size_t *counts, void *whole) {
    size_t total = 0;
    for (int rank = 0; rank < mpi->size; rank++) total += counts[rank];
    if (total > PART) {  // displacements would not fit in int: one broadcast for each rank
        size_t offset = 0;
        for (int rank = 0; rank < mpi->size; rank++) {
            char *place = (char *)whole + offset;
            if (rank == mpi->rank && counts[rank] > 0) memcpy(place, part, counts[rank]);
            const int code = ls_mpi_broadcast(mpi, place, counts[rank], rank);
            if (code != MPI_SUCCESS) return code;
            offset += counts[rank];
        }
        return MPI_SUCCESS;
    }
    int *lengths = malloc(2 * (size_t)mpi->size * sizeof *lengths);
    if (!lengths) return MPI_ERR_NO_MEM;
    int *displacements = lengths + mpi->size;
    for (int rank = 0, offset = 0; rank < mpi->size; rank++) {
        lengths[rank] = (int)counts[rank];
        displacements[rank] = offset;
        offset += lengths[rank];
    }
    const int code =
        MPI_Allgatherv(part, lengths[mpi->rank], MPI_BYTE, whole, lengths, displacements, MPI_BYTE, mpi->communicator);
    free(lengths);
    return code;
}

/// A message in parts of at most PART elements.
struct ls_mpi_transfer {
    size_t parts;
    MPI_Request requests[];
};

static int start_transfer(ls_mpi *mpi, float *values, size_t count, int peer, int tag, bool is_send, ls_mpi_transfer **result) {
    const size_t parts = count == 0 ? 1 : (count + PART - 1) / PART;
    ls_mpi_transfer *transfer = malloc(sizeof *transfer + parts * sizeof(MPI_Request));
    if (!transfer) return MPI_ERR_NO_MEM;
    transfer->parts = parts;
    for (size_t i = 0; i < parts; i++) {
        const size_t start = i * PART;
        const int length = (int)(count - start < PART ? count - start : PART);
        MPI_Request *request = &transfer->requests[i];
        const int code = is_send ? MPI_Isend(values + start, length, MPI_FLOAT, peer, tag, mpi->communicator, request)
                                 : MPI_Irecv(values + start, length, MPI_FLOAT, peer, tag, mpi->communicator, request);
        if (code != MPI_SUCCESS) {
            free(transfer);
            return code;
        }
    }
    *result = transfer;
    return MPI_SUCCESS;
}

int ls_mpi_send(ls_mpi *mpi, const float *values, size_t count, int to, int tag, ls_mpi_transfer **transfer) {
    return start_transfer(mpi, (float *)values, count, to, tag, true, transfer);
}

int ls_mpi_receive(ls_mpi *mpi, float *values, size_t count, int from, int tag, ls_mpi_transfer **transfer) {
    return start_transfer(mpi, values, count, from, tag, false, transfer);
}

int ls_mpi_test(ls_mpi_transfer *transfer, int *is_done) {
    const int code = MPI_Testall((int)transfer->parts, transfer->requests, is_done, MPI_STATUSES_IGNORE);
    if (code != MPI_SUCCESS || *is_done) free(transfer);
    return code;
}

int ls_mpi_wait(ls_mpi_transfer *transfer) {
    const int code = MPI_Waitall((int)transfer->parts, transfer->requests, MPI_STATUSES_IGNORE);
    free(transfer);
    return code;
}

/// The communicator of this rank's node; the caller frees it.
static int split_node(ls_mpi *mpi, int limit, MPI_Comm *node) {
    MPI_Comm all;
    int code = MPI_Comm_split_type(mpi->communicator, MPI_COMM_TYPE_SHARED, mpi->rank, MPI_INFO_NULL, &all);
    if (code != MPI_SUCCESS) return code;
    if (limit <= 0) {
        *node = all;
        return code;
    }
    int place = 0;
    MPI_Comm_rank(all, &place);
    code = MPI_Comm_split(all, place / limit, mpi->rank, node);
    MPI_Comm_free(&all);
    return code;
}

int ls_mpi_node_leader(ls_mpi *mpi, int limit, int *leader) {
    MPI_Comm node;
    int code = split_node(mpi, limit, &node);
    if (code != MPI_SUCCESS) return code;
    *leader = mpi->rank;
    code = MPI_Bcast(leader, 1, MPI_INT, 0, node);
    MPI_Comm_free(&node);
    return code;
}

struct ls_mpi_window {
    MPI_Comm node;
    MPI_Win window;
};

int ls_mpi_share(ls_mpi *mpi, int limit, size_t bytes, ls_mpi_window **result, void **memory) {
    enum { LINE = 64 };
    ls_mpi_window *window = calloc(1, sizeof *window);
    if (!window) return MPI_ERR_NO_MEM;
    int place = 0, unit = 0;
    MPI_Aint size = 0;
    void *base = NULL;
    int code = split_node(mpi, limit, &window->node);
    if (code == MPI_SUCCESS) code = MPI_Comm_rank(window->node, &place);
    // All of the memory belongs to the node's first rank, so that it is in one piece.
    if (code == MPI_SUCCESS) {
        code = MPI_Win_allocate_shared(place == 0 ? (MPI_Aint)bytes + LINE : 0, 1, MPI_INFO_NULL, window->node, &base, &window->window);
    }
    if (code == MPI_SUCCESS) code = MPI_Win_shared_query(window->window, 0, &size, &unit, &base);
    if (code != MPI_SUCCESS) {
        free(window);
        return code;
    }
    // The memory is mapped at whole pages, so every rank skips the same number of bytes.
    *memory = (void *)(((uintptr_t)base + LINE - 1) / LINE * LINE);
    *result = window;
    return code;
}

int ls_mpi_window_free(ls_mpi_window *window) {
    int code = MPI_Win_free(&window->window);
    if (code == MPI_SUCCESS) code = MPI_Comm_free(&window->node);
    free(window);
    return code;
}

void ls_mpi_leave(void) { leave(0); }

void ls_mpi_abort(ls_mpi *mpi, int status) { MPI_Abort(mpi->communicator, status); }

#endif
