/// What the child writes to the pipe.
#ifndef LOCKSTEP_HDF5_FINDINGS_H
#define LOCKSTEP_HDF5_FINDINGS_H

#include <stddef.h>
#include <stdint.h>

enum { LARGEST_DEPTH = 64 };

struct findings {
    int to;
    size_t file_size;
    /// How many more bytes of names and attributes may be written. A file can refer to the same bytes again and again.
    size_t texts_left;
    /// How many more bytes of the file can hold elements. Each byte belongs to one dataset.
    size_t storage_left;
    /// The names of the groups around the present place of the walk.
    const char *names[LARGEST_DEPTH + 1];
    int depth;
    size_t used;
    unsigned char buffer[1 << 16];
};

void put_bytes(struct findings *findings, const void *bytes, size_t count);
void put_byte(struct findings *findings, unsigned char byte);
void put_number(struct findings *findings, uint64_t number);
/// Counts bytes of names and attributes before any of them is put, because it may end the child with `damaged`, and
/// that must not happen in the middle of what the parent reads.
void claim(struct findings *findings, size_t bytes);
/// Puts a text that was claimed.
void put_text(struct findings *findings, const char *text, size_t length);
/// Claims and puts a name.
void put_name(struct findings *findings, unsigned char tag, const char *name);

/// Ends the child when the file is read to its end.
_Noreturn void finish(struct findings *findings);
/// Ends the child and says why and where.
_Noreturn void damaged(struct findings *findings, const char *what);
/// Puts a member that was not read, and why: LS_HDF5_DAMAGED or LS_HDF5_UNSUPPORTED.
void put_unread(struct findings *findings, const char *name, unsigned char tag, const char *what);

#endif
