import CKernels

/// A window that moves over one dimension of an image or over a sequence: a convolution's kernel, or a pool.
package struct Window: Equatable, Sendable {
    /// Places of the image.
    package private(set) var size: Int
    /// Places of the window.
    package let taps: Int
    package let stride: Int
    package let dilation: Int
    /// Places in front of the image that the first position covers.
    package private(set) var padding: Int
    /// How many positions there are: the size of the output.
    package let positions: Int

    /// Keras's "valid" or "same". With "valid", the window stays inside the image. With "same", there are
    /// `size / stride` positions, rounded up, and the padding is divided between both ends; an odd place goes to the
    /// end.
    package init(size: Int, taps: Int, stride: Int, dilation: Int = 1, isSame: Bool) {
        self.size = size
        self.taps = taps
        self.stride = stride
        self.dilation = dilation
        let covered = (taps - 1) * dilation + 1
        positions = isSame ? (size + stride - 1) / stride : size < covered ? 0 : (size - covered) / stride + 1
        padding = isSame ? max((positions - 1) * stride + covered - size, 0) / 2 : 0
    }

    /// Keras's "causal", for sequences: a position covers its own place and places before it. There are as many
    /// positions as with "same".
    package init(causalOver size: Int, taps: Int, stride: Int, dilation: Int) {
        self.size = size
        self.taps = taps
        self.stride = stride
        self.dilation = dilation
        positions = (size + stride - 1) / stride
        padding = (taps - 1) * dilation
    }

    /// The window of a transposed convolution: it leads from the output, which is the image here, back to the input's
    /// places, which are its positions.
    ///
    /// With "valid", an input of n places gives `(n − 1)·stride + max(taps, stride)` places; with "same" `n·stride`.
    /// `outputPadding` sets how many places of the output lie behind what the taps reach: then "valid" gives
    /// `(n − 1)·stride + taps + outputPadding`, and "same" `(n − 1)·stride + taps mod 2 + outputPadding`. Taps that lie
    /// apart count with the places between them. Keras on JAX cuts off the same places.
    package init(
        transposedOver places: Int, taps: Int, stride: Int, dilation: Int = 1, isSame: Bool, outputPadding: Int? = nil
    ) {
        let reach = (taps - 1) * dilation + 1
        let (before, total): (Int, Int)
        if isSame {
            total = outputPadding.map { reach + reach % 2 - 2 + $0 } ?? stride + reach - 2
            before = min(total / 2 + total % 2, reach - 1)
        } else {
            before = reach - 1
            total = 2 * before + (outputPadding ?? max(reach, stride) - reach)
        }
        size = max(0, (places - 1) * stride - reach + 2 + total)
        self.taps = taps
        self.stride = stride
        self.dilation = dilation
        positions = places
        padding = reach - 1 - before
    }

    /// The same window over an image that lacks places in front and behind, which held zeros. Nil if none is left.
    package func without(before: Int, after: Int) -> Window? {
        var window = self
        window.size -= before + after
        window.padding += before
        return window.size > 0 ? window : nil
    }

    /// The window over a dimension of one place, which has one position. Sequences are images with such a dimension.
    package static let point = Window(size: 1, taps: 1, stride: 1, isSame: false)

    /// From a position of the window to places in the image.
    var forward: ls_window {
        ls_window(
            size: size, positions: positions, taps: taps, step: stride, dilation: dilation, origin: -padding, divisor: 1
        )
    }

    /// From a place in the image to the positions whose window holds it.
    var backward: ls_window {
        ls_window(
            size: positions, positions: size, taps: taps, step: 1, dilation: -dilation, origin: padding, divisor: stride
        )
    }
}
