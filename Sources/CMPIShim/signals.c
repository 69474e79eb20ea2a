#if defined(__linux__)
#define _DEFAULT_SOURCE
#endif
#include "ls_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// The signals that end a broken program. Nobody can catch SIGKILL, and mpirun ends ranks with SIGTERM.
static const int fatal[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
enum { FATAL = sizeof fatal / sizeof *fatal };

static struct sigaction previous[FATAL];
static int news[2], told[2];
static char line[512];
static int is_first = 1;

static void handle(int signal) {
    const int error = errno;
    if (__atomic_exchange_n(&is_first, 0, __ATOMIC_SEQ_CST)) {
        const unsigned char byte = (unsigned char)signal;
        struct pollfd answer = {.fd = told[0], .events = POLLIN};
        const int is_heard = write(news[1], &byte, 1) == 1 && poll(&answer, 1, 1000) == 1;
        if (!is_heard && write(STDERR_FILENO, line, strlen(line)) < 0) errno = error;
    } else {
        poll(NULL, 0, 1500);  // another thread came first
    }
    for (int i = 0; i < FATAL; i++) {
        if (fatal[i] == signal) sigaction(signal, &previous[i], NULL);
    }
    errno = error;
    raise(signal);
}

int ls_signals_watch(const char *last_line) {
    if (pipe(news) != 0) return -1;
    if (pipe(told) != 0) return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(news[i], F_SETFD, FD_CLOEXEC);
        fcntl(told[i], F_SETFD, FD_CLOEXEC);
    }
    fcntl(news[0], F_SETFL, O_NONBLOCK);
    strncpy(line, last_line, sizeof line - 1);
    // The handler needs its own stack, because a signal may mean that the thread's stack is full.
    const size_t size = 64 * 1024;
    stack_t stack = {.ss_sp = malloc(size), .ss_size = size};
    if (stack.ss_sp) sigaltstack(&stack, NULL);
    ls_signals_catch();
    return news[0];
}

void ls_signals_catch(void) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < FATAL; i++) {
        struct sigaction present;
        sigaction(fatal[i], &action, &present);
        if (present.sa_handler != handle) previous[i] = present;
    }
}

void ls_signals_wake(void) {
    const unsigned char byte = 0;
    if (write(news[1], &byte, 1) < 0) return;
}

void ls_signals_told(void) {
    const unsigned char byte = 0;
    if (write(told[1], &byte, 1) < 0) return;
}
