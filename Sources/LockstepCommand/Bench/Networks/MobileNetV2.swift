import Lockstep

extension Network {
    /// MobileNetV2 (Sandler et al., 2018), as `keras.applications` has it: 3,538,984 parameters with 1000 classes. The
    /// height and width of the images must be multiples of 32.
    static func mobileNetV2(_ images: SymbolicTensor) -> SymbolicTensor {
        var x = Conv2D(32, kernelSize: 3, strides: 2, padding: .same, useBias: false)(images)
        x = inverted(activated(x), from: 32, to: 16, expansion: 1, stride: 1)
        var channels = 16
        for (filters, blocks, stride) in [
            (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1),
        ] {
            for block in 0..<blocks {
                x = inverted(x, from: channels, to: filters, expansion: 6, stride: block == 0 ? stride : 1)
                channels = filters
            }
        }
        return classes(GlobalAveragePooling2D()(activated(Conv2D(1280, kernelSize: 1, useBias: false)(x))))
    }

    /// A block that is wider inside than at its ends.
    private static func inverted(
        _ input: SymbolicTensor, from channels: Int, to filters: Int, expansion: Int, stride: Int
    ) -> SymbolicTensor {
        var x = input
        if expansion > 1 { x = activated(Conv2D(expansion * channels, kernelSize: 1, useBias: false)(x)) }
        if stride == 2 { x = ZeroPadding2D([[0, 1], [0, 1]])(x) }
        x = DepthwiseConv2D(
            3, strides: Size2D(stride, stride), padding: stride == 2 ? .valid : .same, useBias: false)(x)
        x = normalized(Conv2D(filters, kernelSize: 1, useBias: false)(activated(x)))
        return stride == 1 && channels == filters ? Add()(input, x) : x
    }

    private static func normalized(_ x: SymbolicTensor) -> SymbolicTensor { BatchNormalization(momentum: 0.999)(x) }
    private static func activated(_ x: SymbolicTensor) -> SymbolicTensor { ReLU(maxValue: 6)(normalized(x)) }
}
