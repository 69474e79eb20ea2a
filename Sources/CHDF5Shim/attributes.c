#include <stdlib.h>
#include <string.h>

#include "CHDF5Shim.h"
#include "parts.h"

/// An attribute that is being read.
struct attribute {
    const char *name;
    hid_t id, type;
    hsize_t count;
};

/// Memory for `count` things of `size` bytes. The file states these numbers.
static void *memory_for(struct findings *findings, hsize_t count, size_t size) {
    if (count > findings->file_size / size) damaged(findings, "the attribute is larger than the file");
    void *memory = calloc(count ? count : 1, size);
    if (!memory) damaged(findings, "the attribute needs more memory than a file of this size may take");
    return memory;
}

static void read_attribute(struct findings *findings, const struct attribute *attribute, hid_t type, void *values) {
    if (H5Aread(attribute->id, type, values) < 0) damaged(findings, "the attribute cannot be read");
}

static void put_header(struct findings *findings, unsigned char tag, const struct attribute *attribute) {
    put_name(findings, tag, attribute->name);
    if (tag != LS_HDF5_STRING) put_number(findings, attribute->count);
}

static void put_variable_strings(struct findings *findings, unsigned char tag, const struct attribute *attribute) {
    char **texts = memory_for(findings, attribute->count, sizeof *texts);
    read_attribute(findings, attribute, attribute->type, texts);
    for (hsize_t i = 0; i < attribute->count; i++) claim(findings, texts[i] ? strlen(texts[i]) : 0);
    put_header(findings, tag, attribute);
    for (hsize_t i = 0; i < attribute->count; i++) {
        put_text(findings, texts[i], texts[i] ? strlen(texts[i]) : 0);
        H5free_memory(texts[i]);
    }
    free(texts);
}

static void put_fixed_strings(struct findings *findings, unsigned char tag, const struct attribute *attribute) {
    const size_t size = H5Tget_size(attribute->type);
    if (size == 0) damaged(findings, "the attribute has texts of a size that is unknown");
    char *texts = memory_for(findings, attribute->count, size);
    read_attribute(findings, attribute, attribute->type, texts);
    claim(findings, attribute->count * size);
    put_header(findings, tag, attribute);
    for (hsize_t i = 0; i < attribute->count; i++) {
        const char *text = texts + i * size;
        // What comes after the first zero is padding, whatever the kind of padding. In Fortran's kind, blanks at the
        // end are padding too.
        size_t length = strnlen(text, size);
        while (H5Tget_strpad(attribute->type) == H5T_STR_SPACEPAD && length > 0 && text[length - 1] == ' ') length--;
        put_text(findings, text, length);
    }
    free(texts);
}

static void put_numbers(struct findings *findings, unsigned char tag, const struct attribute *attribute) {
    enum { NUMBER = 8 };
    if (attribute->count > findings->file_size) damaged(findings, "the attribute is larger than the file");
    claim(findings, attribute->count * NUMBER);
    void *numbers = calloc(attribute->count ? attribute->count : 1, NUMBER);
    if (!numbers) damaged(findings, "the attribute needs more memory than a file of this size may take");
    read_attribute(findings, attribute, tag == LS_HDF5_REALS ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, numbers);
    put_header(findings, tag, attribute);
    put_bytes(findings, numbers, attribute->count * NUMBER);
    free(numbers);
}

static herr_t put_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context) {
    struct findings *findings = context;
    findings->names[findings->depth++] = name;
    struct attribute attribute = {name, H5Aopen(object, name, H5P_DEFAULT), -1, 0};
    attribute.type = H5Aget_type(attribute.id);
    const hid_t space = H5Aget_space(attribute.id);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (attribute.type < 0 || count < 0) damaged(findings, "the attribute cannot be opened");
    attribute.count = (hsize_t)count;
    switch (H5Tget_class(attribute.type)) {
        case H5T_STRING: {
            const unsigned char tag = H5Sget_simple_extent_type(space) == H5S_SCALAR ? LS_HDF5_STRING : LS_HDF5_STRINGS;
            (H5Tis_variable_str(attribute.type) > 0 ? put_variable_strings : put_fixed_strings)(findings, tag, &attribute);
            break;
        }
        case H5T_FLOAT: put_numbers(findings, LS_HDF5_REALS, &attribute); break;
        case H5T_INTEGER: put_numbers(findings, LS_HDF5_INTEGERS, &attribute); break;
        default: break;
    }
    H5Sclose(space);
    H5Tclose(attribute.type);
    H5Aclose(attribute.id);
    findings->depth--;
    return 0;
}

void put_attributes(struct findings *findings, hid_t object) {
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, put_attribute, findings) < 0) {
        damaged(findings, "its attributes cannot be listed");
    }
}
