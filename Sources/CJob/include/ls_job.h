/// How a job ends when a signal asks it to. The launcher and rank 0 tell each other about it through a page of memory.
/// There are also functions to start processes and to wait for signals, whose C functions Swift cannot call. No policy
/// lives here.
#ifndef LOCKSTEP_LS_JOB_H
#define LOCKSTEP_LS_JOB_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/// What a job's launcher and its rank 0 tell each other.
typedef struct ls_job ls_job;

/// Where rank 0 is.
typedef enum {
    LS_JOB_BEFORE = 0,
    LS_JOB_TRAINING = 1,
    LS_JOB_CHECKPOINTING = 2,  ///< training, with a folder for checkpoints
    LS_JOB_AFTER = 3,
} ls_job_phase;

/// A page for this process alone. It is always there.
ls_job *_Nonnull ls_job_private(void);
/// A page in a file: the launcher makes it, rank 0 opens it. NULL if that fails.
ls_job *_Nullable ls_job_create(const char *_Nonnull path);
ls_job *_Nullable ls_job_open(const char *_Nonnull path);

/// The signal that asked the job to end; 0 if none did. A signal handler may call all of these functions.
int ls_job_asked(const ls_job *_Nonnull job);
void ls_job_ask(ls_job *_Nonnull job, int signal);
ls_job_phase ls_job_where(const ls_job *_Nonnull job);
void ls_job_enter(ls_job *_Nonnull job, ls_job_phase phase);
/// The signal that ended the job, after rank 0 has said so; 0 if none did.
int ls_job_ended_by(const ls_job *_Nonnull job);
void ls_job_end_by(ls_job *_Nonnull job, int signal);
/// Writes to standard error that the job was ended at once in a phase, and what that means for saved files.
void ls_job_tell(int signal, ls_job_phase phase);

/// Makes this process the parent of its descendants that lose their parent, if the system can.
void ls_adopt_orphans(void);
/// Starts a command in its own session, with these signals blocked. If the system can, the command gets SIGTERM when
/// this process dies. Its standard output is the descriptor `output`, or this process's if that is -1. Returns its
/// process number, or -1.
pid_t ls_start(char *_Nullable const *_Nonnull arguments, const sigset_t *_Nonnull blocked, int output);
/// Waits for one of these blocked signals; 0 if none has come after `seconds`.
int ls_await_signal(const sigset_t *_Nonnull signals, double seconds);
/// Whether a child has ended. Gives the signal that it died by, or 0, and its exit status. The child is not reaped, so
/// no other process can get its number.
bool ls_has_ended(pid_t child, int *_Nonnull signal, int *_Nonnull status);

#endif
