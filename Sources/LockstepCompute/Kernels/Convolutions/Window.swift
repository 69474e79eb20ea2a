import CKernels

/// A window that moves over one dimension of an image or over a sequence: a convolution's kernel, or a pool.
package struct Window: Equatable, Sendable {
    /// Of the image.
    package let size: Int
    /// Of the window.
    package let taps: Int
    package let stride: Int
    package let dilation: Int
    /// Places in front of the image that the first position covers.
    package let padding: Int
    /// How many positions there are: the size of the output.
    package let positions: Int

    /// Keras's "valid", where the window stays inside the image, or "same", where there are `size / stride` positions,
    /// rounded up, and the padding is shared between both ends, the odd place behind.
    package init(size: Int, taps: Int, stride: Int, dilation: Int = 1, isSame: Bool) {
        self.size = size
        self.taps = taps
        self.stride = stride
        self.dilation = dilation
        let covered = (taps - 1) * dilation + 1
        positions = isSame ? (size + stride - 1) / stride : size < covered ? 0 : (size - covered) / stride + 1
        padding = isSame ? max((positions - 1) * stride + covered - size, 0) / 2 : 0
    }

    /// Keras's "causal", for sequences: a position covers its own place and places in front of it. There are as many as
    /// with "same".
    package init(causalOver size: Int, taps: Int, stride: Int, dilation: Int) {
        self.size = size
        self.taps = taps
        self.stride = stride
        self.dilation = dilation
        positions = (size + stride - 1) / stride
        padding = (taps - 1) * dilation
    }

    /// The only position over a dimension of one place, which images have that are sequences.
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
