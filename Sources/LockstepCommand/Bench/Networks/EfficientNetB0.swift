import Lockstep

extension Network {
    /// EfficientNetB0 (Tan and Le, 2019), as `keras.applications` has it: 5,330,571 parameters with 1000 classes. The
    /// height and width of the images must be multiples of 32.
    static func efficientNetB0(_ images: SymbolicTensor) -> SymbolicTensor {
        var x = Normalization()(Rescaling(Numbers(1.0 / 255))(images))
        x = Conv2D(32, kernelSize: 3, strides: 2, useBias: false)(ZeroPadding2D([[0, 1], [0, 1]])(x))
        x = activated(x)
        let stages = [
            (3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2), (5, 3, 112, 6, 1),
            (5, 4, 192, 6, 2), (3, 1, 320, 6, 1),
        ]
        let blocks = stages.reduce(0) { $0 + $1.1 }
        var (channels, number) = (32, 0)
        for (taps, repeats, filters, expansion, stride) in stages {
            for block in 0..<repeats {
                x = squeezed(
                    x, taps: taps, from: channels, to: filters, expansion: expansion, stride: block == 0 ? stride : 1,
                    dropout: 0.2 * Double(number) / Double(blocks))
                (channels, number) = (filters, number + 1)
            }
        }
        x = activated(Conv2D(1280, kernelSize: 1, useBias: false)(x))
        return classes(Dropout(0.2)(GlobalAveragePooling2D()(x)))
    }

    /// A block that is wider inside than at its ends, and weighs its channels by their means.
    private static func squeezed(
        _ input: SymbolicTensor, taps: Int, from channels: Int, to filters: Int, expansion: Int, stride: Int,
        dropout: Double
    ) -> SymbolicTensor {
        let width = expansion * channels
        var x = input
        if expansion > 1 { x = activated(Conv2D(width, kernelSize: 1, useBias: false)(x)) }
        if stride == 2 { x = ZeroPadding2D([[taps / 2 - 1, taps / 2], [taps / 2 - 1, taps / 2]])(x) }
        x = DepthwiseConv2D(
            Size2D(taps, taps), strides: Size2D(stride, stride), padding: stride == 2 ? .valid : .same, useBias: false)(
                x)
        x = activated(x)
        let means = Reshape(1, 1, width)(GlobalAveragePooling2D()(x))
        let weights = Conv2D(channels / 4, kernelSize: 1, activation: .silu)(means)
        x = Multiply()(x, Conv2D(width, kernelSize: 1, activation: .sigmoid)(weights))
        x = BatchNormalization()(Conv2D(filters, kernelSize: 1, useBias: false)(x))
        guard stride == 1, channels == filters else { return x }
        return Add()(dropout > 0 ? Dropout(dropout, noiseShape: [nil, 1, 1, 1])(x) : x, input)
    }

    private static func activated(_ x: SymbolicTensor) -> SymbolicTensor { Activation(.silu)(BatchNormalization()(x)) }
}
