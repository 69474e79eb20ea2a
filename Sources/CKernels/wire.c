#include "ls_wire.h"

#include <string.h>

static inline uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint16_t to_bfloat16(float value) {
    const uint32_t bits = bits_of(value);
    const uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    // Rounding must not turn a NaN into a number.
    return (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? bits >> 16 | 0x40 : rounded);
}

static inline float from_bfloat16(uint16_t encoded) { return float_of((uint32_t)encoded << 16); }

static inline uint16_t to_float16(float value) {
    const uint32_t bits = bits_of(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7FFFFFFF;
    // Below 2^-14, a float16 is a multiple of 2^-24. Adding 0.5, whose last bit is worth 2^-24, rounds to such a
    // multiple.
    const uint32_t small = bits_of(float_of(magnitude) + 0.5f) - bits_of(0.5f);
    // Elsewhere, 13 bits of the fraction are dropped, and the exponent counts from 15 instead of 127.
    const uint32_t normal = (magnitude - (112u << 23) + 0xFFF + (magnitude >> 13 & 1)) >> 13;
    uint32_t result = magnitude < 113u << 23 ? small : normal;
    result = magnitude >= bits_of(65504.0f) ? 0x7BFF : result;
    result = magnitude > 0x7F800000 ? 0x7E00 : result;
    return (uint16_t)(sign | result);
}

static inline float from_float16(uint16_t encoded) {
    const uint32_t sign = (uint32_t)(encoded & 0x8000) << 16, magnitude = encoded & 0x7FFF;
    const float small = (float)magnitude * 0x1p-24f;
    const float normal = float_of((magnitude << 13) + (112u << 23));
    const float value = magnitude < 0x400 ? small : normal;
    return float_of((magnitude > 0x7C00 ? 0x7FC00000 : bits_of(value)) | sign);
}

/// The difference, or 0 if it is not a finite number.
static inline float remainder_of(float value, float rounded) {
    const float rest = value - rounded;
    return (bits_of(rest) & 0x7F800000) == 0x7F800000 ? 0 : rest;
}

#define ENCODE(TO, FROM)                                       \
    for (size_t i = 0; i < count; i++) {                       \
        const float value = residual ? values[i] + residual[i] : values[i]; \
        encoded[i] = TO(value);                                \
        if (residual) residual[i] = remainder_of(value, FROM(encoded[i])); \
    }

void ls_wire_encode(ls_wire_format format, size_t count, const float *values, float *restrict residual, uint16_t *restrict encoded) {
    if (format == LS_BFLOAT16) {
        ENCODE(to_bfloat16, from_bfloat16)
    } else {
        ENCODE(to_float16, from_float16)
    }
}

void ls_wire_decode(ls_wire_format format, size_t count, const uint16_t *restrict encoded, float *restrict values) {
    if (format == LS_BFLOAT16) {
        for (size_t i = 0; i < count; i++) values[i] = from_bfloat16(encoded[i]);
    } else {
        for (size_t i = 0; i < count; i++) values[i] = from_float16(encoded[i]);
    }
}
