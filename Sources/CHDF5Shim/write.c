#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "CHDF5Shim.h"
#include "shim.h"

struct ls_hdf5_file {
    hid_t file, root;
    /// For the creation of groups and datasets, and for text.
    hid_t group_creation, dataset_creation, text;
    char error[256];
};

ls_hdf5_file *ls_hdf5_create(size_t expected) {
    ls_hdf5_lock();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    ls_hdf5_file *file = calloc(1, sizeof *file);
    if (!file) abort();
    // The default is the format's earliest version, which every reader knows. Without times, equal contents give equal
    // bytes.
    file->group_creation = H5Pcreate(H5P_GROUP_CREATE);
    file->dataset_creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(file->group_creation, false);
    H5Pset_obj_track_times(file->dataset_creation, false);
    // Every element is written, so none must be filled before.
    H5Pset_fill_time(file->dataset_creation, H5D_FILL_TIME_NEVER);
    file->text = H5Tcopy(H5T_C_S1);
    H5Tset_size(file->text, H5T_VARIABLE);
    H5Tset_cset(file->text, H5T_CSET_UTF8);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, expected < (64 << 10) ? 64 << 10 : expected, false);
    file->file = H5Fcreate("file", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    file->root = H5Gopen2(file->file, "/", H5P_DEFAULT);
    return file;
}

int64_t ls_hdf5_root(ls_hdf5_file *file) { return file->root; }

int64_t ls_hdf5_open_group(ls_hdf5_file *file, int64_t parent, const char *name) {
    return H5Gcreate2(parent, name, H5P_DEFAULT, file->group_creation, H5P_DEFAULT);
}

int ls_hdf5_close_group(ls_hdf5_file *file, int64_t group) { return H5Gclose(group); }

/// Puts a list of values of a type, or one value if `count` is NULL.
static int put(int64_t object, const char *name, hid_t file_type, hid_t memory_type, const size_t *count, const void *values) {
    const hsize_t length = count ? *count : 1;
    const hid_t space = count ? H5Screate_simple(1, &length, NULL) : H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    int status = attribute < 0 ? -1 : 0;
    if (status == 0 && length > 0) status = H5Awrite(attribute, memory_type, values);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return status;
}

int ls_hdf5_put_string(ls_hdf5_file *file, int64_t object, const char *name, const char *text) {
    return put(object, name, file->text, file->text, NULL, &text);
}

int ls_hdf5_put_strings(ls_hdf5_file *file, int64_t object, const char *name, const char *const *texts, size_t count) {
    return put(object, name, file->text, file->text, &count, texts);
}

int ls_hdf5_put_integers(ls_hdf5_file *file, int64_t object, const char *name, const int64_t *values, size_t count) {
    return put(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &count, values);
}

int ls_hdf5_put_reals(ls_hdf5_file *file, int64_t object, const char *name, const double *values, size_t count) {
    return put(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &count, values);
}

/// h5py's type of booleans.
static hid_t bool_type(void) {
    const hid_t type = H5Tenum_create(H5T_STD_I8LE);
    const signed char values[] = {0, 1};
    H5Tenum_insert(type, "FALSE", &values[0]);
    H5Tenum_insert(type, "TRUE", &values[1]);
    return type;
}

/// The machine's type of a kind and a size; -1 if there is none.
static hid_t memory_type(char kind, size_t bytes) {
    const bool is_signed = kind == LS_HDF5_SIGNED;
    switch (kind) {
        case LS_HDF5_FLOAT: return bytes == 4 ? H5Tcopy(H5T_NATIVE_FLOAT) : -1;
        case LS_HDF5_BOOL: return bool_type();
        case LS_HDF5_SIGNED:
        case LS_HDF5_UNSIGNED:
            switch (bytes) {
                case 1: return H5Tcopy(is_signed ? H5T_NATIVE_INT8 : H5T_NATIVE_UINT8);
                case 2: return H5Tcopy(is_signed ? H5T_NATIVE_INT16 : H5T_NATIVE_UINT16);
                case 4: return H5Tcopy(is_signed ? H5T_NATIVE_INT32 : H5T_NATIVE_UINT32);
                case 8: return H5Tcopy(is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64);
                default: return -1;
            }
        default: return -1;
    }
}

int64_t ls_hdf5_put_dataset(
    ls_hdf5_file *file, int64_t parent, const char *name, char kind, size_t bytes, const uint64_t *shape, size_t rank,
    const void *elements) {
    hsize_t dimensions[H5S_MAX_RANK] = {1};
    if (rank > H5S_MAX_RANK) return -1;
    for (size_t i = 0; i < rank; i++) dimensions[i] = shape[i];
    const hid_t memory = memory_type(kind, bytes);
    if (memory < 0) return -1;
    const hid_t stored = H5Tcopy(memory);
    if (kind != LS_HDF5_BOOL) H5Tset_order(stored, H5T_ORDER_LE);
    const hid_t space = rank > 0 ? H5Screate_simple((int)rank, dimensions, NULL) : H5Screate(H5S_SCALAR);
    hid_t dataset = H5Dcreate2(parent, name, stored, space, H5P_DEFAULT, file->dataset_creation, H5P_DEFAULT);
    if (dataset >= 0 && H5Sget_simple_extent_npoints(space) > 0 && H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements) < 0) {
        H5Dclose(dataset);
        dataset = -1;
    }
    H5Sclose(space);
    H5Tclose(stored);
    H5Tclose(memory);
    return dataset;
}

int ls_hdf5_close_dataset(ls_hdf5_file *file, int64_t dataset) { return H5Dclose(dataset); }

ssize_t ls_hdf5_image(ls_hdf5_file *file, void *bytes, size_t capacity) {
    if (H5Fflush(file->file, H5F_SCOPE_GLOBAL) < 0) return -1;
    return H5Fget_file_image(file->file, bytes, capacity);
}

const char *ls_hdf5_error(ls_hdf5_file *file) {
    ls_hdf5_cause(file->error, sizeof file->error);
    return file->error;
}

void ls_hdf5_close(ls_hdf5_file *file) {
    H5Gclose(file->root);
    H5Fclose(file->file);
    H5Tclose(file->text);
    H5Pclose(file->dataset_creation);
    H5Pclose(file->group_creation);
    free(file);
    ls_hdf5_unlock();
}
