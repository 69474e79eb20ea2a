/// Signals that end a process, made known to a thread of it before they do.
#ifndef LOCKSTEP_LS_SIGNALS_H
#define LOCKSTEP_LS_SIGNALS_H

/// Begins to catch what a broken program ends by. Returns a descriptor from which one thread reads, without waiting: a signal's number when one
/// has come, 0 for a wake; -1 if there can be none. The thread that the signal has hit waits until `ls_signals_told`, a second at most,
/// after which it writes the line given here to standard error instead; then the signal does what it did before.
int ls_signals_watch(const char *_Nonnull last_line);
/// Catches them again, after a library has put handlers of its own in place, which come after this one.
void ls_signals_catch(void);
/// Makes the descriptor readable.
void ls_signals_wake(void);
/// What there is to say about the signal has been said.
void ls_signals_told(void);

#endif
