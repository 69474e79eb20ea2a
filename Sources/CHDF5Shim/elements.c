#include <stdlib.h>

#include "CHDF5Shim.h"
#include "limits.h"
#include "parts.h"

/// IEEE 754's formats and bfloat16, the upper half of the 4-byte format, as HDF5 describes them.
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

/// Whether an enumeration is h5py's type of booleans.
static bool is_bool(hid_t type) {
    signed char no = 1, yes = 0;
    return H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 && H5Tenum_valueof(type, "FALSE", &no) >= 0 &&
        H5Tenum_valueof(type, "TRUE", &yes) >= 0 && no == 0 && yes == 1;
}

/// The kind of a type's elements; 0 if they are not numbers.
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

static struct obstacle damage(const char *what) { return (struct obstacle){.damage = what}; }
static struct obstacle unsupported_kind(const char *what) { return (struct obstacle){.unsupported = what}; }

/// Checks that it is known where elements lie and how they are filtered.
static struct obstacle check_storage(hid_t properties) {
    if (H5Pget_layout(properties) == H5D_VIRTUAL) return unsupported_kind("a virtual dataset, whose elements are in other files,");
    if (H5Pget_external_count(properties) > 0) return unsupported_kind("a dataset whose elements are in another file");
    const int filters = H5Pget_nfilters(properties);
    for (int i = 0; i < filters; i++) {
        unsigned flags;
        size_t values = 0;
        const H5Z_filter_t filter = H5Pget_filter2(properties, (unsigned)i, &flags, &values, NULL, 0, NULL, NULL);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
            return unsupported_kind("a dataset with a filter other than deflate, shuffle and Fletcher's checksum");
        }
    }
    return (struct obstacle){0};
}

/// `size` times the product of the dimensions; false if that is more than can be counted.
static bool count_bytes(size_t size, const hsize_t *dimensions, int rank, size_t *bytes) {
    *bytes = size;
    for (int i = 0; i < rank; i++) {
        if (__builtin_mul_overflow(*bytes, dimensions[i], bytes)) return false;
    }
    return true;
}

/// Reads the elements, whose type and shape are known.
static struct obstacle read_values(
    struct findings *findings, hid_t dataset, hid_t type, hid_t properties, struct elements *elements) {
    static const char *const too_large = "the dataset is larger than any memory";
    if (!count_bytes(elements->size, elements->shape, elements->rank, &elements->bytes)) return damage(too_large);
    size_t chunk = 0;
    if (H5Pget_layout(properties) == H5D_CHUNKED) {
        hsize_t dimensions[H5S_MAX_RANK] = {0};
        const int rank = H5Pget_chunk(properties, H5S_MAX_RANK, dimensions);
        if (!count_bytes(elements->size, dimensions, rank, &chunk)) return damage(too_large);
    }
    if (elements->bytes == 0) return (struct obstacle){0};
    const size_t stored = H5Dget_storage_size(dataset);
    if (stored > findings->storage_left) return damage("its datasets are larger than the file");
    findings->storage_left -= stored;
    // `stored` is not larger than the file, so the product does not overflow.
    const size_t largest = H5Pget_nfilters(properties) > 0 ? LS_HDF5_LARGEST_RATIO * stored : stored;
    if (elements->bytes > largest || chunk > largest) {
        return damage("the dataset's shape needs more bytes than are stored, or can be made of them");
    }
    ls_hdf5_allow(elements->bytes + 4 * chunk);
    elements->values = malloc(elements->bytes);
    if (!elements->values || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements->values) < 0) {
        free(elements->values);
        return damage("the dataset's elements cannot be read");
    }
    return (struct obstacle){0};
}

struct obstacle read_elements(struct findings *findings, hid_t dataset, struct elements *elements) {
    *elements = (struct elements){0};
    const hid_t properties = H5Dget_create_plist(dataset);
    const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    struct obstacle obstacle = properties < 0 ? damage("the dataset's description cannot be read") : check_storage(properties);
    if (!obstacle.damage && !obstacle.unsupported) {
        elements->rank = H5Sget_simple_extent_dims(space, elements->shape, NULL);
        if (type < 0 || elements->rank < 0) {
            obstacle = damage("the dataset's shape cannot be read");
        } else if (H5Sget_simple_extent_type(space) == H5S_NULL) {
            obstacle = unsupported_kind("a dataset without a shape");
        } else if (!(elements->kind = element_kind(type))) {
            obstacle = unsupported_kind("a dataset of anything but IEEE floats, integers and truth values");
        } else {
            elements->size = H5Tget_size(type);
            elements->is_big_endian = H5Tget_order(type) == H5T_ORDER_BE;
            obstacle = read_values(findings, dataset, type, properties, elements);
        }
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Pclose(properties);
    return obstacle;
}

void put_elements(struct findings *findings, struct elements *elements) {
    put_byte(findings, LS_HDF5_ELEMENTS);
    put_byte(findings, (unsigned char)elements->kind);
    put_number(findings, elements->size);
    put_byte(findings, elements->is_big_endian);
    put_number(findings, (uint64_t)elements->rank);
    for (int i = 0; i < elements->rank; i++) put_number(findings, elements->shape[i]);
    put_number(findings, elements->bytes);
    put_bytes(findings, elements->values, elements->bytes);
    free(elements->values);
}
