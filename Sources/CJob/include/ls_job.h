/// How a job ends when a signal asks it to: what its launcher and its rank 0 tell each other through a page of memory, and what Swift cannot call
/// to start processes and to wait for signals. No policy lives here.
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

/// A page for this process alone, which is always there.
ls_job *_Nonnull ls_job_private(void);
/// A page in a file: the launcher makes it, rank 0 opens it. NULL if that fails.
ls_job *_Nullable ls_job_create(const char *_Nonnull path);
ls_job *_Nullable ls_job_open(const char *_Nonnull path);

/// The signal that the job was asked to end by; 0 if it was not. All of these may be called by a signal's handler.
int ls_job_asked(const ls_job *_Nonnull job);
void ls_job_ask(ls_job *_Nonnull job, int signal);
ls_job_phase ls_job_where(const ls_job *_Nonnull job);
void ls_job_enter(ls_job *_Nonnull job, ls_job_phase phase);
/// The signal that the job has ended by, after rank 0 has said so; 0 if it has not.
int ls_job_ended_by(const ls_job *_Nonnull job);
void ls_job_end_by(ls_job *_Nonnull job, int signal);
/// Writes to standard error that the job was ended at once in a phase, and what that means for what was saved.
void ls_job_tell(int signal, ls_job_phase phase);

/// Makes this process the parent of those of its descendants that lose theirs, where the system can.
void ls_adopt_orphans(void);
/// Starts a command in a session of its own with these signals blocked; where the system can, it gets SIGTERM when this process dies.
/// Its standard output is the descriptor `output`, or this process's if that is -1. Returns its process, or -1.
pid_t ls_start(char *_Nullable const *_Nonnull arguments, const sigset_t *_Nonnull blocked, int output);
/// Waits for one of these blocked signals; 0 if none has come after so many seconds.
int ls_await_signal(const sigset_t *_Nonnull signals, double seconds);
/// Whether a child has ended, with the signal it died by, or 0, and its exit status. It is not reaped: its number stays its own.
bool ls_has_ended(pid_t child, int *_Nonnull signal, int *_Nonnull status);

#endif
