#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "CHDF5Shim.h"
#include "limits.h"
#include "shim.h"

/// Takes everything from the child that it has from its parent, except memory: signal handlers, sockets that others
/// would wait on, and the terminal, on which the C library could report damaged memory.
static void part_from_parent(int *to) {
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    const struct sigaction normal = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &normal, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    const int pipe = fcntl(*to, F_DUPFD, 3);
    const int nothing = open("/dev/null", O_RDWR);
    for (int standard = 0; standard < 3; standard++) dup2(nothing, standard);
    if (pipe != 3) dup2(pipe, 3);
    *to = 3;
#if defined(SYS_close_range)
    if (syscall(SYS_close_range, 4u, ~0u, 0u) == 0) return;
#endif
    for (int descriptor = 4; descriptor < (int)sysconf(_SC_OPEN_MAX); descriptor++) close(descriptor);
}

int ls_hdf5_walk(const void *image, size_t size, const char *members, size_t count, pid_t *child) {
    int ends[2];
    if (pipe(ends) != 0) return -errno;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
#if defined(F_SETPIPE_SZ)
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
#endif
    // No handler of the parent's may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ls_hdf5_lock();
    *child = fork();
    if (*child == 0) {
        part_from_parent(&ends[1]);
        ls_hdf5_limit(size);
        ls_hdf5_walk_image(image, size, members, count, ends[1]);
    }
    const int error = errno;
    ls_hdf5_unlock();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (*child > 0) return ends[0];
    close(ends[0]);
    return -error;
}

int ls_hdf5_end_walk(int from, pid_t child) {
    close(from);
    int status = 0;
    // The child may have ended by itself, or it may be about to write more than anybody reads.
    kill(child, SIGKILL);
    pid_t ended;
    do ended = waitpid(child, &status, 0);
    while (ended < 0 && errno == EINTR);
    return ended == child && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
