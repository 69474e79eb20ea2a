/// Signals that end a process. A thread of the process is told before they do.
#ifndef LOCKSTEP_LS_SIGNALS_H
#define LOCKSTEP_LS_SIGNALS_H

/// Begins to catch the signals that end a broken program. Returns a descriptor, or -1 if there can be none. One thread
/// reads from the descriptor without waiting: the number of a signal that has come, or 0 for a wake. The thread that
/// the signal has hit waits until `ls_signals_told`, a second at most. If the second passes, it writes `last_line` to
/// standard error itself. Then the signal does what it did before.
int ls_signals_watch(const char *_Nonnull last_line);
/// Catches the signals again, after a library has installed its own handlers. Those run after this one.
void ls_signals_catch(void);
/// Makes the descriptor readable.
void ls_signals_wake(void);
/// Says that the thread has reported the signal.
void ls_signals_told(void);

#endif
