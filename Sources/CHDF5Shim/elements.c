#include <stdbool.h>
#include <stdlib.h>

#include "CHDF5Shim.h"
#include "limits.h"
#include "parts.h"

/// IEEE 754's formats and the upper half of its 4-byte one, as HDF5 describes them.
static char float_kind(hid_t type) {
    static const struct {
        size_t size, exponent_at, exponent_bits, mantissa_bits, bias;
        char kind;
    } formats[] = {
        {2, 10, 5, 10, 15, LS_HDF5_FLOAT},
        {2, 7, 8, 7, 127, LS_HDF5_BFLOAT16},
        {4, 23, 8, 23, 127, LS_HDF5_FLOAT},
        {8, 52, 11, 52, 1023, LS_HDF5_FLOAT},
    };
    size_t sign, exponent_at, exponent_bits, mantissa_at, mantissa_bits;
    if (H5Tget_fields(type, &sign, &exponent_at, &exponent_bits, &mantissa_at, &mantissa_bits) < 0) return 0;
    const size_t size = H5Tget_size(type);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (size == formats[i].size && sign == 8 * size - 1 && exponent_at == formats[i].exponent_at &&
            exponent_bits == formats[i].exponent_bits && mantissa_at == 0 && mantissa_bits == formats[i].mantissa_bits &&
            H5Tget_ebias(type) == formats[i].bias && H5Tget_norm(type) == H5T_NORM_IMPLIED) {
            return formats[i].kind;
        }
    }
    return 0;
}

/// Whether an enumeration is h5py's for truth values.
static bool is_bool(hid_t type) {
    signed char no = 1, yes = 0;
    return H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 && H5Tenum_valueof(type, "FALSE", &no) >= 0 &&
        H5Tenum_valueof(type, "TRUE", &yes) >= 0 && no == 0 && yes == 1;
}

/// The kind of a type's elements; 0 if they are no numbers.
static char element_kind(hid_t type) {
    const size_t size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
        case H5T_FLOAT: return float_kind(type);
        case H5T_INTEGER:
            if ((size != 1 && size != 2 && size != 4 && size != 8) || H5Tget_precision(type) != 8 * size || H5Tget_offset(type) != 0) return 0;
            return H5Tget_sign(type) == H5T_SGN_NONE ? LS_HDF5_UNSIGNED : LS_HDF5_SIGNED;
        case H5T_ENUM: return is_bool(type) ? LS_HDF5_BOOL : 0;
        case H5T_OPAQUE: return size == 2 ? LS_HDF5_OPAQUE : 0;
        default: return 0;
    }
}

/// Whether elements may be compressed; where they lie and how they are filtered must be known.
static bool check_storage(struct findings *findings, hid_t properties) {
    if (H5Pget_layout(properties) == H5D_VIRTUAL) unsupported(findings, "a virtual dataset, whose elements are in other files,");
    if (H5Pget_external_count(properties) > 0) unsupported(findings, "a dataset whose elements are in another file");
    const int filters = H5Pget_nfilters(properties);
    for (int i = 0; i < filters; i++) {
        unsigned flags;
        size_t values = 0;
        const H5Z_filter_t filter = H5Pget_filter2(properties, (unsigned)i, &flags, &values, NULL, 0, NULL, NULL);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
            unsupported(findings, "a dataset with a filter other than deflate, shuffle and Fletcher's checksum");
        }
    }
    return filters > 0;
}

/// `count` times `dimension`.
static size_t product(struct findings *findings, size_t count, hsize_t dimension) {
    size_t result;
    if (__builtin_mul_overflow(count, dimension, &result)) damaged(findings, "the dataset is larger than any memory");
    return result;
}

void put_elements(struct findings *findings, hid_t dataset) {
    const hid_t properties = H5Dget_create_plist(dataset);
    if (properties < 0) damaged(findings, "the dataset's description cannot be read");
    const bool is_filtered = check_storage(findings, properties);
    const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    hsize_t shape[H5S_MAX_RANK] = {0};
    const int rank = H5Sget_simple_extent_dims(space, shape, NULL);
    if (type < 0 || rank < 0) damaged(findings, "the dataset's shape cannot be read");
    if (H5Sget_simple_extent_type(space) == H5S_NULL) unsupported(findings, "a dataset without a shape");
    const char kind = element_kind(type);
    if (!kind) unsupported(findings, "a dataset of anything but IEEE floats, integers and truth values");

    const size_t size = H5Tget_size(type);
    size_t bytes = size;
    for (int i = 0; i < rank; i++) bytes = product(findings, bytes, shape[i]);
    size_t chunk = 0;
    if (H5Pget_layout(properties) == H5D_CHUNKED) {
        hsize_t dimensions[H5S_MAX_RANK] = {0};
        chunk = size;
        const int chunk_rank = H5Pget_chunk(properties, H5S_MAX_RANK, dimensions);
        for (int i = 0; i < chunk_rank; i++) chunk = product(findings, chunk, dimensions[i]);
    }
    const size_t stored = bytes > 0 ? H5Dget_storage_size(dataset) : 0;
    if (stored > findings->storage_left) damaged(findings, "its datasets are larger than the file");
    findings->storage_left -= stored;
    const size_t largest = is_filtered ? LS_HDF5_LARGEST_RATIO * stored : stored;
    if (bytes > largest || (bytes > 0 && chunk > largest)) {
        damaged(findings, "the dataset's shape needs more bytes than are stored, or can be made of them");
    }

    void *elements = NULL;
    if (bytes > 0) {
        ls_hdf5_allow(bytes + 4 * chunk);
        elements = malloc(bytes);
        if (!elements || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements) < 0) {
            damaged(findings, "the dataset's elements cannot be read");
        }
    }
    put_byte(findings, LS_HDF5_ELEMENTS);
    put_byte(findings, (unsigned char)kind);
    put_number(findings, size);
    put_byte(findings, H5Tget_order(type) == H5T_ORDER_BE);
    put_number(findings, (uint64_t)rank);
    for (int i = 0; i < rank; i++) put_number(findings, shape[i]);
    put_number(findings, bytes);
    put_bytes(findings, elements, bytes);
    free(elements);
    H5Sclose(space);
    H5Tclose(type);
    H5Pclose(properties);
}
