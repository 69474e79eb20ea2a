import LockstepCompute
import LockstepGraph

/// What images show in other forms of color, with Keras's formulas.
extension SymbolicTensor {
    /// The brightness of each pixel, `[batch, height, width, 1]`: 0.2989 of red, 0.587 of green and 0.114 of blue. An
    /// image with one channel stays as it is.
    var gray: SymbolicTensor {
        spec.shape[2] == 1 ? self : sum(self * Tensor([0.2989, 0.587, 0.114]), axes: [-1], keepDims: true)
    }

    /// One channel of images, with the last dimension 1.
    func channel(_ index: Int) -> SymbolicTensor { slice(self, axis: 2, index..<index + 1) }

    /// Hue from 0 to 1, saturation and value of red, green and blue.
    var hueSaturationValue: (hue: SymbolicTensor, saturation: SymbolicTensor, value: SymbolicTensor) {
        let x = self * greaterOrEqual(abs(self), Float.ulpOfOne)
        let (red, green, blue) = (x.channel(0), x.channel(1), x.channel(2))
        let value = maximum(maximum(red, green), blue)
        let range = value - minimum(minimum(red, green), blue)
        let (hasValue, hasRange) = (greater(value, 0), greater(range, 0))
        let saturation = hasValue * (range / select(hasValue, value, hasValue * 0 + 1))
        let unit = 1 / (6 * select(hasRange, range, hasRange * 0 + 1))
        var hue = select(
            equal(value, green), unit * (blue - red) + 2.0 / 6, unit * (red - green) + 4.0 / 6)
        hue = hasRange * select(equal(value, red), unit * (green - blue), hue)
        return (hue + greater(-hue, 0), saturation, value)
    }

    /// Red, green and blue of hue, saturation and value, each `[batch, height, width, 1]`.
    static func colors(
        hue: SymbolicTensor, saturation: SymbolicTensor, value: SymbolicTensor
    ) -> SymbolicTensor {
        let turn = (hue - floor(hue)) * 6
        let shares = [
            abs(turn - 3) - 1, 2 - abs(turn - 2), 2 - abs(turn - 4),
        ].map { clip($0, to: 0...1) }
        return concatenate(shares.map { value * (1 - saturation + saturation * $0) })
    }
}
