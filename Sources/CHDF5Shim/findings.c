#include "findings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "CHDF5Shim.h"
#include "shim.h"

static void write_all(int to, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        const ssize_t written = write(to, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) _exit(1);
        bytes += written;
        count -= (size_t)written;
    }
}

static void flush(struct findings *findings) {
    write_all(findings->to, findings->buffer, findings->used);
    findings->used = 0;
}

void put_bytes(struct findings *findings, const void *bytes, size_t count) {
    // If there are no bytes, there may be no address, which memcpy does not accept.
    if (count == 0) return;
    if (count > sizeof findings->buffer - findings->used) flush(findings);
    if (count > sizeof findings->buffer) {
        write_all(findings->to, bytes, count);
    } else {
        memcpy(findings->buffer + findings->used, bytes, count);
        findings->used += count;
    }
}

void put_byte(struct findings *findings, unsigned char byte) { put_bytes(findings, &byte, 1); }
void put_number(struct findings *findings, uint64_t number) { put_bytes(findings, &number, sizeof number); }

void claim(struct findings *findings, size_t bytes) {
    if (bytes > findings->texts_left) damaged(findings, "names and attributes are more than the file can hold");
    findings->texts_left -= bytes;
}

void put_text(struct findings *findings, const char *text, size_t length) {
    put_number(findings, length);
    put_bytes(findings, text, length);
}

void put_name(struct findings *findings, unsigned char tag, const char *name) {
    claim(findings, strlen(name));
    put_byte(findings, tag);
    put_text(findings, name, strlen(name));
}

_Noreturn void finish(struct findings *findings) {
    put_byte(findings, LS_HDF5_END);
    flush(findings);
    _exit(0);
}

_Noreturn void damaged(struct findings *findings, const char *what) {
    char cause[256], text[1024] = "";
    ls_hdf5_cause(cause, sizeof cause);
    size_t length = 0;
    for (int i = 0; i < findings->depth && length < 512; i++) {
        snprintf(text + length, 128, "/%s", findings->names[i]);
        length += strlen(text + length);
    }
    snprintf(text + length, sizeof text - length, "%s%s%s%s", length ? ": " : "", what, *cause ? ": " : "", cause);
    put_byte(findings, LS_HDF5_DAMAGED);
    put_text(findings, text, strlen(text));
    flush(findings);
    _exit(0);
}

void put_unread(struct findings *findings, const char *name, unsigned char tag, const char *what) {
    // The least that a link takes in a file. So a damaged file cannot have endlessly many links without a name.
    claim(findings, 24);
    put_name(findings, LS_HDF5_UNREAD, name);
    put_byte(findings, tag);
    put_text(findings, what, strlen(what));
}
