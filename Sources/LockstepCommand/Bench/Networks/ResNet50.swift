import Lockstep

extension Network {
    /// ResNet50 (He et al., 2015), as `keras.applications` has it: 25,636,712 parameters with 1000 classes.
    static func resNet50(_ images: SymbolicTensor) -> SymbolicTensor {
        var x = normalized(Conv2D(64, kernelSize: 7, strides: 2)(ZeroPadding2D(3)(images)), .relu)
        x = MaxPooling2D(3, strides: 2)(ZeroPadding2D(1)(x))
        for (stack, (filters, blocks)) in [(64, 3), (128, 4), (256, 6), (512, 3)].enumerated() {
            for block in 0..<blocks {
                x = bottleneck(x, filters, stride: stack > 0 && block == 0 ? 2 : 1, isFirst: block == 0)
            }
        }
        return classes(GlobalAveragePooling2D()(x))
    }

    /// A residual block of three convolutions. The first of a stack brings its input to the shape of its output.
    private static func bottleneck(_ input: SymbolicTensor, _ filters: Int, stride: Size2D, isFirst: Bool)
        -> SymbolicTensor
    {
        let shortcut =
            isFirst ? normalized(Conv2D(4 * filters, kernelSize: 1, strides: stride)(input), .linear) : input
        var x = normalized(Conv2D(filters, kernelSize: 1, strides: stride)(input), .relu)
        x = normalized(Conv2D(filters, kernelSize: 3, padding: .same)(x), .relu)
        x = normalized(Conv2D(4 * filters, kernelSize: 1)(x), .linear)
        return Activation(.relu)(Add()(shortcut, x))
    }

    private static func normalized(_ x: SymbolicTensor, _ activation: ActivationFunction) -> SymbolicTensor {
        let y = BatchNormalization(epsilon: 1.001e-5)(x)
        return activation == .linear ? y : Activation(activation)(y)
    }
}
