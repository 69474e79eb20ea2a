/// Open MPI for Swift: thin functions over `mpi.h`, which is included by the `.c` file only. No policy lives here.
///
/// Every function that can fail returns an MPI code; 0 is success. `ls_mpi_error_text` gives the text of a code. The
/// communicator is a duplicate of MPI_COMM_WORLD that returns errors. Counts may exceed INT_MAX: MPI's counts are
/// `int`, so calls are split.
#ifndef LOCKSTEP_CMPISHIM_H
#define LOCKSTEP_CMPISHIM_H

#include <stdbool.h>
#include <stddef.h>

#include "ls_signals.h"

typedef struct ls_mpi ls_mpi;

/// Called when the process exits: before MPI is finalized, and after, each time with the status.
typedef void (*ls_mpi_exit)(int status, bool is_finalized);

/// Initializes MPI, so that one thread at a time may call it, and finalizes it when the process exits with status 0. An
/// exit with another status leaves MPI as it is, which makes mpirun end the job. (Without the GNU C library the status
/// is not known, and every exit finalizes, as with status 0.)
int ls_mpi_initialize(ls_mpi *_Nullable *_Nonnull mpi, ls_mpi_exit _Nonnull at_exit);
int ls_mpi_rank(const ls_mpi *_Nonnull mpi);
int ls_mpi_size(const ls_mpi *_Nonnull mpi);
/// Writes at most `capacity` bytes, including the closing zero.
void ls_mpi_host(char *_Nonnull text, size_t capacity);
void ls_mpi_library(char *_Nonnull text, size_t capacity);
/// Whether the library has a control variable of this name. Writes its value if that is a text or a boolean. Open MPI
/// has the variables of the components that it opened, so the name of a component's variable tells whether the
/// component takes part.
bool ls_mpi_setting(const char *_Nonnull name, char *_Nonnull text, size_t capacity);
void ls_mpi_error_text(int code, char *_Nonnull text, size_t capacity);

int ls_mpi_barrier(ls_mpi *_Nonnull mpi);
int ls_mpi_broadcast(ls_mpi *_Nonnull mpi, void *_Nullable bytes, size_t count, int root);
int ls_mpi_sum_floats(ls_mpi *_Nonnull mpi, float *_Nonnull values, size_t count);
int ls_mpi_sum_doubles(ls_mpi *_Nonnull mpi, double *_Nonnull values, size_t count);
/// Gathers every rank's bytes on all ranks, in the order of the ranks; `counts` holds each rank's number of bytes.
int ls_mpi_gather(ls_mpi *_Nonnull mpi, const void *_Nullable part, const size_t *_Nonnull counts, void *_Nonnull whole);

/// A message on its way. `ls_mpi_wait` frees it, and so does `ls_mpi_test` when the message is sent or received.
typedef struct ls_mpi_transfer ls_mpi_transfer;
int ls_mpi_send(ls_mpi *_Nonnull mpi, const float *_Nonnull values, size_t count, int to, int tag,
                ls_mpi_transfer *_Nullable *_Nonnull transfer);
int ls_mpi_receive(ls_mpi *_Nonnull mpi, float *_Nonnull values, size_t count, int from, int tag,
                   ls_mpi_transfer *_Nullable *_Nonnull transfer);
int ls_mpi_test(ls_mpi_transfer *_Nonnull transfer, int *_Nonnull is_done);
int ls_mpi_wait(ls_mpi_transfer *_Nonnull transfer);

/// Gives the lowest rank of this rank's node. Ranks that can share memory form a node. With a `limit` above 0, a node
/// has at most `limit` of them, in their order.
int ls_mpi_node_leader(ls_mpi *_Nonnull mpi, int limit, int *_Nonnull leader);

/// Memory that the ranks of a node share, filled with zeros and aligned to 64 bytes.
typedef struct ls_mpi_window ls_mpi_window;
int ls_mpi_share(ls_mpi *_Nonnull mpi, int limit, size_t bytes, ls_mpi_window *_Nullable *_Nonnull window,
                 void *_Nullable *_Nonnull memory);
/// Called by all ranks of the node.
int ls_mpi_window_free(ls_mpi_window *_Nonnull window);

/// Ends MPI on this rank, for a program that exits with a status other than 0 and has not failed. Collective.
void ls_mpi_leave(void);

/// Ends all ranks.
void ls_mpi_abort(ls_mpi *_Nonnull mpi, int status);

#endif
