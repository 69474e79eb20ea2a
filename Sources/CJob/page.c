#if defined(__linux__)
#define _DEFAULT_SOURCE
#endif
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ls_job.h"

struct ls_job {
    _Atomic int asked, phase, ended_by;
};

ls_job *ls_job_private(void) {
    static ls_job job;
    return &job;
}

static ls_job *map(const char *path, int flags) {
    const int file = open(path, flags | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) return NULL;
    void *memory = MAP_FAILED;
    if (ftruncate(file, sizeof(ls_job)) == 0) memory = mmap(NULL, sizeof(ls_job), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return memory == MAP_FAILED ? NULL : memory;
}

ls_job *ls_job_create(const char *path) { return map(path, O_CREAT | O_EXCL); }
ls_job *ls_job_open(const char *path) { return map(path, 0); }

int ls_job_asked(const ls_job *job) { return job->asked; }
void ls_job_ask(ls_job *job, int signal) { job->asked = signal; }
ls_job_phase ls_job_where(const ls_job *job) { return (ls_job_phase)job->phase; }
void ls_job_enter(ls_job *job, ls_job_phase phase) { job->phase = phase; }
int ls_job_ended_by(const ls_job *job) { return job->ended_by; }
void ls_job_end_by(ls_job *job, int signal) { job->ended_by = signal; }

void ls_job_tell(int signal, ls_job_phase phase) {
    const char *name = signal == SIGINT ? "SIGINT" : signal == SIGHUP ? "SIGHUP" : signal == SIGQUIT ? "SIGQUIT" : "SIGTERM";
    const char *saved = "; nothing was saved\n";
    if (phase == LS_JOB_CHECKPOINTING) saved = " at once; no last checkpoint was saved, those before it are there\n";
    if (phase == LS_JOB_AFTER) saved = " after training; files that were written are whole, the others were not saved\n";
    char line[160] = "Interrupted by ";
    strcat(strcat(line, name), saved);
    if (write(STDERR_FILENO, line, strlen(line)) < 0) return;
}
