/// Floats as numbers of two bytes, for messages between nodes.
#ifndef LOCKSTEP_LS_WIRE_H
#define LOCKSTEP_LS_WIRE_H

#include <stddef.h>
#include <stdint.h>

typedef enum ls_wire_format {
    LS_BFLOAT16,
    LS_FLOAT16
} ls_wire_format;

/// Rounds `values + residual` to the nearest, ties to even. float16 clips to its largest number, 65504. `residual` is
/// overwritten with what rounding took away, or with 0 if that is not a finite number.
void ls_wire_encode(ls_wire_format format, size_t count, const float *_Nonnull values, float *_Nullable residual,
                    uint16_t *_Nonnull encoded);
void ls_wire_decode(ls_wire_format format, size_t count, const uint16_t *_Nonnull encoded, float *_Nonnull values);

#endif
