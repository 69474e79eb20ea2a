#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "ls_job.h"

void ls_adopt_orphans(void) {
#if defined(__linux__)
    prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
}

pid_t ls_start(char *const *arguments, const sigset_t *blocked, int output) {
    const pid_t parent = getpid();
    const pid_t process = fork();
    if (process != 0) return process;
    setsid();
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent) _exit(1);
    if (output >= 0) {
        if (dup2(output, STDOUT_FILENO) < 0) _exit(1);
        signal(SIGPIPE, SIG_DFL);  // this process ignores it, to pass output on
    }
    sigprocmask(SIG_SETMASK, blocked, NULL);
    execvp(arguments[0], arguments);
    const int status = errno == ENOENT ? 127 : 126;
    fprintf(stderr, "%s: cannot be started: %s\n", arguments[0], strerror(errno));
    _exit(status);
}

int ls_await_signal(const sigset_t *signals, double seconds) {
    const struct timespec time = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
#if defined(__linux__)
    const int number = sigtimedwait(signals, NULL, &time);
    return number > 0 ? number : 0;
#else
    const struct timespec look = {.tv_nsec = 10 * 1000 * 1000};
    for (double waited = 0;; waited += 0.01) {
        sigset_t pending;
        sigpending(&pending);
        for (int number = 1; number < NSIG; number++) {
            if (sigismember(signals, number) == 1 && sigismember(&pending, number) == 1) {
                sigset_t one;
                sigemptyset(&one);
                sigaddset(&one, number);
                int received = 0;
                return sigwait(&one, &received) == 0 ? received : 0;
            }
        }
        if (waited >= seconds) return 0;
        nanosleep(time.tv_sec > 0 || time.tv_nsec > look.tv_nsec ? &look : &time, NULL);
    }
#endif
}

bool ls_has_ended(pid_t process, int *signal, int *status) {
    siginfo_t child = {0};
    if (waitid(P_PID, (id_t)process, &child, WEXITED | WNOHANG | WNOWAIT) != 0 || child.si_pid != process) return false;
    *signal = child.si_code == CLD_EXITED ? 0 : child.si_status;
    *status = child.si_code == CLD_EXITED ? child.si_status : 0;
    return true;
}
