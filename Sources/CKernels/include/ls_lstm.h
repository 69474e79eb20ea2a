/// The sizes and activations of an LSTM (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).
///
/// For one step of time, with σ the recurrent activation and φ the other: i, f, g, o = σ(z_i), σ(z_f), φ(z_g), σ(z_o);
/// c = f·c_before + i·g; h = o·φ(c). `gates` has rows of 4 × units, in the order i, f, g, o. Forward turns z into i, f,
/// g, o in place, and writes c and h. `previous` is c of the step before; null for zeros. Backward takes dh and dc, the
/// gradients that come from later layers and steps. It overwrites the gates with dz, and dc with the gradient of
/// `previous`. The derivatives of the activations must follow from their outputs.
#ifndef LOCKSTEP_LS_LSTM_H
#define LOCKSTEP_LS_LSTM_H

#include <stddef.h>

#include "ls_activations.h"

typedef struct ls_lstm {
    size_t units;
    ls_activation activation, recurrent_activation;
} ls_lstm;

#endif
