/// HDF5 for Swift: files in memory, walked and written through libhdf5.
///
/// libhdf5 does not survive every damaged file: it reads beyond its memory, loops, or asks for as much memory as eight
/// bytes of the file state. So a child process walks a file and writes what it finds to a pipe. Its time and memory are
/// limited in proportion to the file.
///
/// The child does not follow links that lead out of the file, or to an object for a second time. It does not read data
/// that is larger than what the file stores can give. Such members are named, with the reason, and so are members of
/// kinds that are not supported.
#ifndef LOCKSTEP_CHDF5SHIM_H
#define LOCKSTEP_CHDF5SHIM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What the child writes: one of these bytes, and after it what its comment says. A number has 8 bytes in the machine's
/// order. A text is its length and its bytes.
///
/// The root group's members come without a group around them. The attributes of a group or a dataset come before all
/// else in it.
enum {
    LS_HDF5_GROUP = 'G',       ///< Its name; its members follow.
    LS_HDF5_GROUP_END = 'E',
    LS_HDF5_STRING = 's',      ///< An attribute: its name and a text.
    LS_HDF5_STRINGS = 'S',     ///< An attribute: its name, how many, the texts.
    LS_HDF5_INTEGERS = 'i',    ///< An attribute: its name, how many, the numbers.
    LS_HDF5_REALS = 'r',       ///< An attribute: its name, how many, the numbers as doubles.
    LS_HDF5_DATASET = 'D',     ///< Its name; its attributes and LS_HDF5_ELEMENTS follow.
    LS_HDF5_ELEMENTS = 'd',    ///< Kind, bytes of an element, whether big-endian, rank, dimensions, elements as a text.
    LS_HDF5_UNREAD = 'N',      ///< A member that was not read: its name, one of the last two bytes below, its text.
    LS_HDF5_END = 'Z',         ///< The end of the file.
    LS_HDF5_DAMAGED = 'X',     ///< A text that says what is wrong. Outside an unread member, nothing follows it.
    LS_HDF5_UNSUPPORTED = 'U', ///< In an unread member: a text that names what is not supported.
};

/// Kinds of elements.
enum {
    LS_HDF5_FLOAT = 'f',
    LS_HDF5_BFLOAT16 = 'b',
    LS_HDF5_SIGNED = 'i',
    LS_HDF5_UNSIGNED = 'u',
    LS_HDF5_BOOL = 't',
    LS_HDF5_OPAQUE = 'o', ///< Bytes that HDF5 knows no type for; bfloat16, if an attribute says so.
};

/// Deflate makes at most this many bytes from one.
enum { LS_HDF5_LARGEST_RATIO = 1100 };

/// Starts a child that walks a file's bytes. Returns the descriptor from which its findings are read, or a negative
/// errno if it cannot be started.
///
/// The child walks the members of the root group that `members` names: `count` names, each ended by a zero. If
/// `members` is NULL, it walks all. Attributes that are neither text nor numbers are skipped.
int ls_hdf5_walk(const void *_Nonnull image, size_t size, const char *_Nullable members, size_t count, pid_t *_Nonnull child);
/// Closes the descriptor `from`, and ends the child if it still runs. Returns the signal that ended the child; 0 if
/// none did.
int ls_hdf5_end_walk(int from, pid_t child);

/// A file that is written in memory. Functions that fail return a negative number; `ls_hdf5_error` says why.
typedef struct ls_hdf5_file ls_hdf5_file;

/// Waits until no other thread writes. Never NULL; must be given to `ls_hdf5_close`.
ls_hdf5_file *_Nonnull ls_hdf5_create(size_t expected);
/// The group that all others are in.
int64_t ls_hdf5_root(ls_hdf5_file *_Nonnull file);
int64_t ls_hdf5_open_group(ls_hdf5_file *_Nonnull file, int64_t parent, const char *_Nonnull name);
int ls_hdf5_close_group(ls_hdf5_file *_Nonnull file, int64_t group);
int ls_hdf5_put_string(ls_hdf5_file *_Nonnull file, int64_t object, const char *_Nonnull name, const char *_Nonnull text);
int ls_hdf5_put_strings(
    ls_hdf5_file *_Nonnull file, int64_t object, const char *_Nonnull name, const char *_Nullable const *_Nonnull texts, size_t count);
int ls_hdf5_put_integers(ls_hdf5_file *_Nonnull file, int64_t object, const char *_Nonnull name, const int64_t *_Nonnull values, size_t count);
int ls_hdf5_put_reals(ls_hdf5_file *_Nonnull file, int64_t object, const char *_Nonnull name, const double *_Nonnull values, size_t count);
/// Puts elements of one of the kinds above, of `bytes` bytes each, in the machine's order. They are written
/// little-endian. Returns the dataset, for its attributes. Close it with `ls_hdf5_close_dataset`.
int64_t ls_hdf5_put_dataset(
    ls_hdf5_file *_Nonnull file, int64_t parent, const char *_Nonnull name, char kind, size_t bytes, const uint64_t *_Nonnull shape,
    size_t rank, const void *_Nonnull elements);
int ls_hdf5_close_dataset(ls_hdf5_file *_Nonnull file, int64_t dataset);
/// Copies the file's bytes if there is room, and returns how many they are.
ssize_t ls_hdf5_image(ls_hdf5_file *_Nonnull file, void *_Nullable bytes, size_t capacity);
/// What failed last.
const char *_Nonnull ls_hdf5_error(ls_hdf5_file *_Nonnull file);
void ls_hdf5_close(ls_hdf5_file *_Nonnull file);

#endif
