#include <stdbool.h>
#include <string.h>

#include "CHDF5Shim.h"
#include "findings.h"
#include "parts.h"
#include "seen.h"
#include "shim.h"

// Groups and links.

struct walk {
    struct findings findings;
    struct seen seen;
    /// The root's members to walk, each ended by a zero; all if NULL.
    const char *members;
    size_t count;
};

static herr_t visit(hid_t group, const char *name, const H5L_info_t *link, void *context);

static void walk_group(struct walk *walk, hid_t group) {
    put_attributes(&walk->findings, group);
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, visit, walk) < 0) damaged(&walk->findings, "its members cannot be listed");
}

static bool is_asked_for(const struct walk *walk, const char *name) {
    const char *member = walk->members;
    for (size_t i = 0; member && i < walk->count; i++, member += strlen(member) + 1) {
        if (strcmp(member, name) == 0) return true;
    }
    return !member;
}

/// Why a link is not followed. NULL if it is followed; then `info` describes the object that it leads to.
static const char *refusal(struct walk *walk, hid_t group, const char *name, const H5L_info_t *link, H5O_info_t *info) {
    if (walk->findings.depth > LARGEST_DEPTH) return "a group in more than 64 others";
    switch (link->type) {
        case H5L_TYPE_HARD: break;
        case H5L_TYPE_SOFT: return "a soft link";
        case H5L_TYPE_EXTERNAL: return "an external link, to another file,";
        default: return "a link of a kind of somebody's own";
    }
    if (H5Oget_info_by_name2(group, name, info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) damaged(&walk->findings, "it cannot be opened");
    // A group within itself would never end, and many links to few objects would take nearly for ever.
    if (!seen_add(&walk->seen, info->addr)) return "a second link to one object, or to a group that it is in,";
    const bool is_known = info->type == H5O_TYPE_GROUP || info->type == H5O_TYPE_DATASET;
    return is_known ? NULL : "a member that is neither a group nor a dataset";
}

static void visit_dataset(struct findings *findings, hid_t group, const char *name) {
    const hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0) damaged(findings, "the dataset cannot be opened");
    struct elements elements;
    const struct obstacle obstacle = read_elements(findings, dataset, &elements);
    if (obstacle.damage) {
        put_unread(findings, name, LS_HDF5_DAMAGED, obstacle.damage);
    } else if (obstacle.unsupported) {
        put_unread(findings, name, LS_HDF5_UNSUPPORTED, obstacle.unsupported);
    } else {
        put_name(findings, LS_HDF5_DATASET, name);
        put_attributes(findings, dataset);
        put_elements(findings, &elements);
    }
    H5Dclose(dataset);
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *link, void *context) {
    struct walk *walk = context;
    struct findings *findings = &walk->findings;
    if (findings->depth == 0 && !is_asked_for(walk, name)) return 0;
    findings->names[findings->depth++] = name;
    H5O_info_t info;
    const char *const reason = refusal(walk, group, name, link, &info);
    if (reason) {
        put_unread(findings, name, LS_HDF5_UNSUPPORTED, reason);
    } else if (info.type == H5O_TYPE_GROUP) {
        const hid_t member = H5Gopen2(group, name, H5P_DEFAULT);
        if (member < 0) damaged(findings, "the group cannot be opened");
        put_name(findings, LS_HDF5_GROUP, name);
        walk_group(walk, member);
        put_byte(findings, LS_HDF5_GROUP_END);
        H5Gclose(member);
    } else {
        visit_dataset(findings, group, name);
    }
    findings->depth--;
    return 0;
}

// The file's bytes are read in place. The child never frees them, and nobody else can change its copy.

static void *take_image(size_t size, H5FD_file_image_op_t operation, void *image) { return image; }
static void *leave_image(void *to, const void *from, size_t size, H5FD_file_image_op_t operation, void *image) { return to; }
static void *resize_image(void *image, size_t size, H5FD_file_image_op_t operation, void *context) { return NULL; }
static herr_t keep_image(void *image, H5FD_file_image_op_t operation, void *context) { return 0; }
static void *same_context(void *context) { return context; }
static herr_t keep_context(void *context) { return 0; }

_Noreturn void ls_hdf5_walk_image(const void *image, size_t size, const char *members, size_t count, int to) {
    static struct walk walk;
    walk.members = members;
    walk.count = count;
    struct findings *findings = &walk.findings;
    findings->to = to;
    findings->file_size = size;
    findings->texts_left = 4 * size + (64 << 10);
    findings->storage_left = size;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);

    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5FD_file_image_callbacks_t callbacks = {
        take_image, leave_image, resize_image, keep_image, same_context, keep_context, (void *)image,
    };
    if (H5Pset_fapl_core(access, 1 << 16, 0) < 0 || H5Pset_file_image_callbacks(access, &callbacks) < 0 ||
        H5Pset_file_image(access, (void *)image, size) < 0) {
        damaged(findings, "libhdf5 cannot be prepared");
    }
    const hid_t file = H5Fopen("file", H5F_ACC_RDONLY, access);
    if (file < 0) damaged(findings, "it cannot be opened");
    const hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0) damaged(findings, "its root group cannot be opened");
    H5O_info_t info;
    if (H5Oget_info_by_name2(root, ".", &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) damaged(findings, "its root group cannot be opened");
    seen_add(&walk.seen, info.addr);
    walk_group(&walk, root);
    finish(findings);
}
